// The settings' form while somebody types: expressions are read by the server, the subject and the number are shown.
import { debounce, element, freshId } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';

addEnglish({ '读作：{words}': 'Reads: {words}', 可以读懂: 'Can be read', '不认识：{names}': 'Unknown: {names}' });

export function watchExpressions(config) {
  document.addEventListener('input', (event) => {
    if (event.target.matches('[data-expression]')) later(config, event.target);
  });
}

const waiting = new WeakMap();
function later(config, input) {
  if (!waiting.has(input)) waiting.set(input, debounce(() => ask(config, input), 300));
  waiting.get(input)();
}

async function ask(config, input) {
  const source = input.value.trim();
  const place = answerOf(input);
  if (!source) {
    place.replaceChildren();
    return;
  }
  const response = await fetch(config.expression, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'X-CSRFToken': config.csrf, 'X-Requested-With': 'fetch', 'Content-Type': 'application/json' },
    body: JSON.stringify({ source, kind: 'expression', element: '' }),
  });
  if (!response.ok || response.redirected || input.value.trim() !== source) return;
  const { ok, message, names = [], reads } = await response.json();
  place.className = ok && !names.length ? 'hq-hint' : 'hq-error';
  if (!ok) place.textContent = message;
  else if (names.length) place.textContent = message || word('不认识：{names}', { names: names.join('、') });
  else place.textContent = reads ? word('读作：{words}', { words: reads }) : word('可以读懂');
}

function answerOf(input) {
  const known = input.dataset.answer && document.getElementById(input.dataset.answer);
  if (known) return known;
  const place = element('p', { class: 'hq-hint', id: freshId('answer'), role: 'status' });
  input.after(place);
  input.dataset.answer = place.id;
  return place;
}

export function watchPreviews({ titles }) {
  const subject = document.querySelector('[data-subject]');
  const shown = document.querySelector('[data-subject-preview]');
  const renew = () => {
    shown.textContent = subject.value.replace(/\{(\w+)\}/g, (whole, name) => `〈${titles[name] ?? name}〉`);
  };
  subject.addEventListener('input', renew);
  for (const button of document.querySelectorAll('[data-insert]')) {
    button.addEventListener('click', () => {
      subject.setRangeText(`{${button.dataset.insert}}`, subject.selectionStart, subject.selectionEnd, 'end');
      subject.focus();
      renew();
    });
  }
  const number = document.querySelector('[data-number]');
  const next = document.querySelector('[data-next-number]');
  const before = number.value;
  const said = next.textContent;
  number.addEventListener('input', () => {
    // the number that comes next is only known for the prefix that is in use
    next.textContent = number.value.trim() === before ? said : said.replace(/^.*-(\d{4})-\d+$/, `${number.value.trim()}-$1-…`);
  });
}
