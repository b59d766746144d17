import { debounce, formValues, post } from '../lib/dom.js';

// Parts of the answer that have a place of their own on the page go there; the rest is the place's own.
function show(place, html) {
  const answer = document.createElement('template');
  answer.innerHTML = html;
  for (const part of answer.content.querySelectorAll('[data-part]')) {
    document.getElementById(part.dataset.part)?.replaceChildren(...part.childNodes);
    part.remove();
  }
  place.replaceChildren(answer.content);
}

function wire(place) {
  const form = document.querySelector(place.dataset.form);
  if (!form) return;
  let request = null;
  const load = async () => {
    if (form.dataset.submitting) return;
    request?.abort();
    const mine = new AbortController();
    request = mine;
    place.setAttribute('aria-busy', 'true');
    try {
      const response = await post(place.dataset.source, formValues(form), { signal: mine.signal });
      const html = await response.text();
      if (request === mine) show(place, html);
    } catch {
      // The last forecast stays: an old one is marked busy for a moment only, and the server checks on submit.
    } finally {
      if (request === mine) place.removeAttribute('aria-busy');
    }
  };
  const soon = debounce(load, 600);
  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
  if (!place.firstElementChild && !place.hasAttribute('data-loaded')) load();
}

export function start() {
  document.querySelectorAll('[data-forecast]').forEach(wire);
}
