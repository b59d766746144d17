import { parseCents, sumAmounts } from '../lib/amount.js';

function update(name) {
  const inputs = [...document.querySelectorAll('[data-amount-of]')].filter((input) => input.dataset.amountOf === name);
  const total = sumAmounts(inputs.map((input) => input.value));
  for (const place of document.querySelectorAll('[data-total-of]')) {
    if (place.dataset.totalOf !== name) continue;
    const text = place.hasAttribute('data-whole') ? total.replace(/\.00$/, '') : total;
    if (place instanceof HTMLInputElement) place.value = text;
    else place.textContent = text;
  }
}

function updateAll() {
  const names = [...document.querySelectorAll('[data-total-of]')].map((place) => place.dataset.totalOf);
  for (const name of new Set(names)) update(name);
}

export function start() {
  document.addEventListener('input', ({ target }) => {
    const name = target.dataset?.amountOf;
    if (name === undefined) return;
    target.toggleAttribute('aria-invalid', false);
    if (parseCents(target.value) === null) target.setAttribute('aria-invalid', 'true');
    update(name);
  });
  document.addEventListener('hq:rows', updateAll);
  updateAll();
}
