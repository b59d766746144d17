// The ones of a few lines.

export function errorSummary() {
  const summary = document.querySelector('[data-error-summary]');
  if (!summary) return;
  if (!summary.hasAttribute('tabindex')) summary.tabIndex = -1;
  summary.focus();
}

export function tabs() {
  // On a phone the current tab may lie outside of the screen.
  document.querySelector('.hq-tabs [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
}

export function autosubmit() {
  document.addEventListener('change', ({ target }) => {
    target.closest?.('form[data-autosubmit]')?.requestSubmit();
  });
}

export function menus() {
  const close = (menu) => {
    menu.open = false;
  };
  document.addEventListener('click', (event) => {
    for (const menu of document.querySelectorAll('details.hq-menu[open]')) if (!menu.contains(event.target)) close(menu);
  });
  document.addEventListener('keydown', (event) => {
    const menu = event.key === 'Escape' && document.querySelector('details.hq-menu[open]');
    if (!menu) return;
    close(menu);
    menu.querySelector('summary').focus();
  });
}

export function buttons() {
  document.addEventListener('click', ({ target }) => {
    const opener = target.closest('[data-open-dialog]');
    if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
    target.closest('[data-close-dialog]')?.closest('dialog')?.close();
    target.closest('[data-dismiss]')?.closest('.hq-toast')?.remove();
    if (target.closest('[data-print]')) window.print();
    if (target.matches('dialog.hq-dialog')) target.close(); // a click on the backdrop
  });
}
