const TYPING = 'input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=file]), textarea, select, [contenteditable]';
const visible = (node) => node.getClientRects().length > 0;

function select(step) {
  const rows = [...document.querySelectorAll('[data-list-item]')].filter(visible);
  if (!rows.length) return false;
  const current = rows.findIndex((row) => row.classList.contains('is-selected'));
  const next = rows[current < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(current + step, 0), rows.length - 1)];
  rows[current]?.classList.remove('is-selected');
  next.classList.add('is-selected');
  const link = next.querySelector('a[href]') ?? next;
  if (link === next && !next.hasAttribute('tabindex')) next.tabIndex = -1;
  link.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

function open() {
  const row = document.querySelector('[data-list-item].is-selected');
  const link = row?.querySelector('a[href]');
  if (link) link.click();
  else if (row?.dataset.href) location.assign(row.dataset.href);
  return Boolean(row);
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

function activate(key) {
  const node = [...document.querySelectorAll('[data-key]')].find((one) => one.dataset.key.toLowerCase() === key.toLowerCase() && visible(one));
  if (!node || node.disabled) return false;
  node.focus();
  if (!node.matches(TYPING)) node.click();
  return true;
}

function handle(event) {
  switch (event.key) {
    case 'j': return select(1);
    case 'k': return select(-1);
    case '/': return search();
    case '?': return help();
    // On a link or a button Enter already means something.
    case 'Enter': return !document.activeElement?.closest('a, button, summary, [role=button]') && open();
    default: return activate(event.key);
  }
}

export function start() {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(TYPING) || event.target.closest?.('.hq-diagram') || document.querySelector('dialog[open]')) return;
    if (handle(event)) event.preventDefault();
  });
  document.addEventListener('focusin', (event) => {
    const row = event.target.closest('[data-list-item]');
    if (!row) return;
    for (const other of document.querySelectorAll('[data-list-item].is-selected')) other.classList.remove('is-selected');
    row.classList.add('is-selected');
  });
}
