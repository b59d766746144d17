import { debounce, formValues, lang, post } from '../lib/dom.js';

function wire(form) {
  const places = document.querySelectorAll('[data-draft-status]');
  let dirty = false;
  let sending = false;

  const report = (failed) => {
    const time = new Intl.DateTimeFormat(lang(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Shanghai' }).format(new Date());
    for (const place of places) {
      place.textContent = `${failed ? place.dataset.failed : place.dataset.saved} ${time}`;
      place.classList.toggle('is-failed', failed);
    }
  };

  const save = async ({ leaving = false } = {}) => {
    if (!dirty || form.dataset.submitting || (sending && !leaving)) return;
    dirty = false;
    sending = true;
    try {
      await post(form.dataset.draft, formValues(form), { keepalive: leaving });
      report(false);
    } catch {
      dirty = true; // the next input, or leaving the page, tries again
      report(true);
      return;
    } finally {
      sending = false;
    }
    if (dirty) soon();
  };
  const soon = debounce(save, 800);

  const touched = () => {
    dirty = true;
    soon();
  };
  form.addEventListener('input', touched);
  form.addEventListener('change', touched);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') save({ leaving: true });
  });
}

export function start() {
  document.querySelectorAll('form[data-draft]').forEach(wire);
}
