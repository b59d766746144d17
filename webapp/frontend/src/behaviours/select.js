// Choosing several of a list: how many are chosen, all at once, and what was opened in another tab meanwhile.
const boxes = (root) => [...root.querySelectorAll('[data-select]:not(:disabled)')];

function partOf(all) {
  const name = all.dataset.selectAll;
  const root = all.closest('[data-select-group], [data-selection]');
  return name ? root.querySelector(`[data-select-part="${name}"]`) : root;
}

function show(root) {
  const chosen = boxes(root).filter((box) => box.checked).length;
  for (const place of root.querySelectorAll('[data-selected-count]')) place.textContent = String(chosen);
  for (const all of root.querySelectorAll('[data-select-all]')) {
    const part = boxes(partOf(all));
    const some = part.filter((box) => box.checked).length;
    all.checked = some > 0 && some === part.length;
    all.indeterminate = some > 0 && some < part.length;
  }
}

/** A task that was opened in another tab may be chosen now. */
async function renew(root) {
  if (!root.querySelector('[data-unopened]')) return;
  const response = await fetch(root.dataset.source, { credentials: 'same-origin' }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const row of root.querySelectorAll('[data-unopened]')) {
    const fresh = page.getElementById(row.id);
    if (fresh && !fresh.matches('[data-unopened]')) row.replaceWith(document.importNode(fresh, true));
  }
  show(root);
}

function countDown(place) {
  const left = place.querySelector('[data-countdown-left]');
  const end = performance.now() + Number(place.dataset.countdown) * 1000;
  const tick = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    if (seconds <= 0) {
      place.querySelector('form').remove();
      return;
    }
    left.textContent = ` ${seconds}`;
    setTimeout(tick, 250);
  };
  tick();
}

export function start() {
  for (const root of document.querySelectorAll('[data-selection]')) {
    for (const all of root.querySelectorAll('[data-select-all]')) all.closest('[hidden]')?.removeAttribute('hidden');
    root.addEventListener('change', ({ target }) => {
      if (target.matches('[data-select-all]')) for (const box of boxes(partOf(target))) box.checked = target.checked;
      show(root);
    });
    show(root);
    if (root.dataset.source) document.addEventListener('visibilitychange', () => !document.hidden && renew(root));
    // the browser keeps what was chosen when somebody comes back
    window.addEventListener('pageshow', () => show(root));
  }
  document.querySelectorAll('[data-countdown]').forEach(countDown);
}
