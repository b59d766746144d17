export const lang = () => document.documentElement.lang || 'zh-CN';
export const isChinese = () => lang().toLowerCase().startsWith('zh');

export function debounce(action, wait) {
  let timer;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** What a form would send, without its files: drafts and forecasts do not need them. */
export function formValues(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return data;
}

/** A fetch whose answer counts only if it is the one asked for: a redirect means the session has ended. */
export async function post(url, data, options = {}) {
  const response = await fetch(url, {
    method: 'POST',
    body: data,
    credentials: 'same-origin',
    headers: { 'X-Requested-With': 'fetch' },
    ...options,
  });
  if (!response.ok || response.redirected) throw new Error(`${url}: ${response.status}`);
  return response;
}

let counter = 0;
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
export const freshId = (prefix) => `${prefix}-${++counter}`;

/** Shows or clears the message of one control, for the eye and for the screen reader. */
export function showError(control, message) {
  const known = control.dataset.errorId && document.getElementById(control.dataset.errorId);
  if (!message) {
    if (!known) return;
    known.remove();
    delete control.dataset.errorId;
    control.removeAttribute('aria-invalid');
    control.removeAttribute('aria-describedby');
    return;
  }
  const place = known || element('p', { class: 'hq-error', id: freshId('error'), role: 'alert' });
  place.textContent = message;
  if (!known) control.after(place);
  control.dataset.errorId = place.id;
  control.setAttribute('aria-invalid', 'true');
  control.setAttribute('aria-describedby', place.id);
}
