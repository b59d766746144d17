// The choice is kept per browser. Choosing what the system says anyway goes back to following the system.
const system = matchMedia('(prefers-color-scheme: dark)');
const root = document.documentElement;

function apply(choice) {
  const dark = choice === 'dark' || (choice === 'auto' && system.matches);
  root.dataset.bsTheme = dark ? 'dark' : 'light';
  root.dataset.themeChoice = choice;
  for (const button of document.querySelectorAll('button[data-theme-toggle=""]')) {
    button.setAttribute('aria-pressed', String(dark));
  }
}

export function start() {
  apply(root.dataset.themeChoice || 'auto');
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-theme-toggle]');
    if (!button) return;
    const wanted = button.dataset.themeToggle || (root.dataset.bsTheme === 'dark' ? 'light' : 'dark');
    const choice = !button.dataset.themeToggle && (wanted === 'dark') === system.matches ? 'auto' : wanted;
    try {
      localStorage.setItem('theme', choice);
    } catch {
      // Not kept, but it holds for this page.
    }
    apply(choice);
  });
  system.addEventListener('change', () => {
    if (root.dataset.themeChoice === 'auto') apply('auto');
  });
}
