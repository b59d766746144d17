// The whole row is a target for the mouse; the link in it stays the one for the keyboard and the screen reader.
const OWN = 'a, button, input, select, textarea, label, summary, details';

function follow(event, newTab) {
  const row = event.target.closest('tr[data-href], [data-list-item][data-href]');
  if (!row || event.target.closest(OWN) || event.defaultPrevented || String(getSelection())) return;
  if (newTab) window.open(row.dataset.href, '_blank', 'noopener');
  else location.assign(row.dataset.href);
}

export function start() {
  document.addEventListener('click', (event) => follow(event, event.ctrlKey || event.metaKey));
  document.addEventListener('auxclick', (event) => {
    if (event.button === 1) follow(event, true);
  });
}
