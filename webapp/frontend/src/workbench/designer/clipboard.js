// A copied field, for this form and for other forms of the same sitting.
const KEY = 'huiqian-field';

export const clipboard = {
  put(copied) {
    sessionStorage.setItem(KEY, JSON.stringify(copied));
  },
  take() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  },
};
