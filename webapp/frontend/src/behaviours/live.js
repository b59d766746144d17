// Counts, new notices and a word above a list that has changed, told by the server while the page is looked at.
import { element } from '../lib/dom.js';
import { countText, hasMore, streamAddress } from '../lib/live.js';

const OPEN_AFTER = 600; // who only passes through a page opens no stream
const RETRY = 30_000;
const SHOWN = 12_000;
const tab = Math.random().toString(36).slice(2, 12);
let left = sessionStorage.getItem('hq-live-tab');
let first = null;
let source = null;
let timer = 0;

function connect(shell) {
  clearTimeout(timer);
  if (source || document.hidden) return;
  const after = sessionStorage.getItem('hq-live-after');
  source = new EventSource(streamAddress(shell.dataset.live, { tab, left, after }));
  sessionStorage.setItem('hq-live-tab', tab);
  left = null;
  source.onmessage = (event) => show(shell, JSON.parse(event.data));
  source.addEventListener('end', disconnect);
  source.onerror = () => {
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    disconnect();
    timer = setTimeout(connect, RETRY, shell);
  };
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function show(shell, state) {
  sessionStorage.setItem('hq-live-after', state.last);
  first ||= state.counts;
  document.documentElement.dataset.live = 'heard';
  for (const place of document.querySelectorAll('[data-count]')) {
    const count = state.counts[place.dataset.count];
    if (count === undefined) continue;
    place.hidden = !count;
    if (!place.classList.contains('hq-dot')) place.textContent = countText(count);
  }
  const bell = document.querySelector('.hq-dot[data-count]')?.closest('a');
  const unread = state.counts.unread;
  bell?.setAttribute('aria-label', unread ? `${shell.dataset.liveBell} (${unread})` : shell.dataset.liveBell);
  const refresh = document.querySelector('[data-live-refresh]');
  if (refresh && hasMore(first, state.counts)) refresh.hidden = false;
  for (const notice of state.notices) toast(shell, notice);
}

function toasts() {
  const known = document.querySelector('.hq-toasts');
  if (known) return known;
  const made = element('div', { class: 'hq-toasts', role: 'status' });
  document.body.append(made);
  return made;
}

function toast(shell, notice) {
  const bell = document.querySelector('.hq-dot')?.parentElement.querySelector('svg').cloneNode(true);
  const close = element('button', { type: 'button', 'data-dismiss': '', 'aria-label': shell.dataset.liveDismiss }, '×');
  const box = element('div', { class: 'hq-toast' }, bell, element('a', { href: notice.path }, notice.text), close);
  toasts().append(box);
  const leave = () => (box.matches(':hover, :focus-within') ? setTimeout(leave, SHOWN) : box.remove());
  setTimeout(leave, SHOWN);
}

export function start() {
  const shell = document.querySelector('[data-live]');
  if (!shell) return;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(connect, OPEN_AFTER, shell);
  };
  document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : soon()));
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', (event) => event.persisted && soon());
  soon();
}
