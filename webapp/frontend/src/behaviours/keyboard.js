// Everything by keyboard. Single letters and signs can be switched off (WCAG 2.1.4); arrows and Enter stay.
import { isChinese } from '../lib/dom.js';
import { neighbour, plainKey, sequences } from '../lib/keys.js';
import { ask } from './confirm.js';

const TYPING = 'input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=file]), textarea, select, [contenteditable]';
// Arrows have a meaning of their own in these.
const OWN_ARROWS = 'input, textarea, select, [contenteditable], [role=listbox], [role=menu], .hq-tabs, .hq-diagram';
const OFF = 'hq-single-keys';
const TRAIL = 'hq-trail';
const visible = (node) => node.getClientRects().length > 0;
const rows = () => [...document.querySelectorAll('[data-list-item]')].filter(visible);
const completed = sequences(['g']);

/** Storage can be forbidden; then the keys are on and there is no way back into a list. */
function stored(storage, name, value) {
  try {
    if (value === undefined) return storage.getItem(name);
    storage.setItem(name, value);
  } catch {}
  return null;
}
const singleKeys = () => stored(localStorage, OFF) !== 'off';

function select(step) {
  const all = rows();
  const current = all.findIndex((row) => row.classList.contains('is-selected'));
  const next = all[current < 0 ? (step > 0 ? 0 : all.length - 1) : current + step];
  if (!next) return false;
  all[current]?.classList.remove('is-selected');
  next.classList.add('is-selected');
  const link = next.querySelector('a[href]') ?? next;
  if (link === next && !next.hasAttribute('tabindex')) next.tabIndex = -1;
  link.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

const selected = () => document.querySelector('[data-list-item].is-selected');

function open() {
  const row = selected();
  const link = row?.querySelector('a[href]');
  if (link) link.click();
  else if (row?.dataset.href) location.assign(row.dataset.href);
  return Boolean(row);
}

function choose() {
  const box = selected()?.querySelector('input[type=checkbox]:not(:disabled)');
  box?.click();
  return Boolean(box);
}

function help() {
  const dialog = document.getElementById('shortcuts');
  dialog?.showModal?.();
  return Boolean(dialog);
}

function search() {
  const field = [...document.querySelectorAll('[data-search]')].find(visible);
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

function step(by) {
  const address = neighbour(JSON.parse(stored(sessionStorage, TRAIL) ?? '[]'), location.pathname, by);
  if (!address) return false;
  location.assign(address);
  return true;
}

/** A letter sends nothing by itself: whoever meant another key is asked. An empty comment is asked for first. */
async function press(button) {
  const form = button.form;
  const comment = form?.querySelector('[data-comment]') ?? document.querySelector('[data-comment]');
  const isRefused = button.matches('[data-requires-comment]') && comment && !comment.value.trim();
  if (!form || button.type !== 'submit' || button.matches('[data-confirm]') || form.matches('[data-confirm]') || isRefused) {
    button.click();
    return;
  }
  const name = button.textContent.trim();
  const text = button.dataset.keyConfirm || (isChinese() ? `确定“${name}”吗？` : `${name}?`);
  if (await ask(button, text)) form.requestSubmit(button);
}

/** What is folded away around a node; its own summary is always there. */
function closedAround(node) {
  const outside = node.matches('summary') ? node.parentElement.parentElement : node.parentElement;
  const box = outside?.closest('details:not([open])');
  return box ? [box, ...closedAround(box)] : [];
}

function activate(key) {
  const keyed = [...document.querySelectorAll('[data-key]')].filter((one) => one.dataset.key.toLowerCase() === key);
  const node = keyed.find(visible) ?? keyed.find((one) => closedAround(one).length);
  if (!node || node.disabled) return false;
  for (const box of closedAround(node)) box.open = true;
  node.focus();
  if (node.matches(TYPING)) node.scrollIntoView({ block: 'nearest' });
  else press(node);
  return true;
}

function go(letter) {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  if (link) location.assign(link.href);
  return Boolean(link);
}

const ALWAYS = {
  ArrowDown: () => select(1),
  ArrowUp: () => selected() && select(-1),
  // On a link or a button Enter already means something.
  Enter: () => !document.activeElement?.closest('a, button, summary, [role=button]') && open(),
};
const SINGLE = {
  j: () => select(1) || rows().length > 0,
  k: () => select(-1) || rows().length > 0,
  x: choose,
  n: () => step(1),
  ']': () => step(1),
  p: () => step(-1),
  '[': () => step(-1),
  '/': search,
  '?': help,
};
const REPEATED = ['j', 'k', 'ArrowDown', 'ArrowUp'];

function handle(event) {
  if (ALWAYS[event.key]) return !event.shiftKey && !(event.key.startsWith('Arrow') && event.target.closest?.(OWN_ARROWS)) && ALWAYS[event.key]();
  if (!singleKeys()) return false;
  const key = completed(plainKey(event.key), event.timeStamp);
  if (key.startsWith('g ')) return go(key.slice(2));
  return SINGLE[key] ? SINGLE[key]() || activate(key) : activate(key);
}

/** From the search field straight to what was found. */
function leaveSearch(event) {
  if (event.key !== 'ArrowDown' || !event.target.matches('[data-search]') || !rows().length) return false;
  selected()?.classList.remove('is-selected');
  return select(1);
}

function rememberTrail() {
  const trail = rows().map((row) => row.dataset.href).filter((address) => /^\/tasks\/\d+$/.test(address ?? ''));
  if (trail.length) stored(sessionStorage, TRAIL, JSON.stringify(trail));
}

function wireSetting() {
  for (const box of document.querySelectorAll('[data-single-keys]')) {
    box.checked = singleKeys();
    box.addEventListener('change', () => stored(localStorage, OFF, box.checked ? 'on' : 'off'));
  }
}

export function start() {
  document.addEventListener('keydown', (event) => {
    // 229: the input method is composing, also where no field has the focus
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (event.repeat && !REPEATED.includes(event.key)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open]') || event.target.closest?.('.hq-diagram')) return;
    if (event.target.closest?.(TYPING) ? leaveSearch(event) : handle(event)) event.preventDefault();
  });
  document.addEventListener('focusin', (event) => {
    const row = event.target.closest('[data-list-item]');
    if (!row) return;
    for (const other of document.querySelectorAll('[data-list-item].is-selected')) other.classList.remove('is-selected');
    row.classList.add('is-selected');
  });
  rememberTrail();
  wireSetting();
}
