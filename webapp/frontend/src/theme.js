// Runs before the first paint, so that a dark page never flashes white.
(() => {
  const root = document.documentElement;
  let choice = null;
  try {
    choice = localStorage.getItem('theme');
  } catch {
    // Storage may be forbidden; the system's setting is then the answer.
  }
  if (choice !== 'light' && choice !== 'dark') choice = 'auto';
  const dark = choice === 'dark' || (choice === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.bsTheme = dark ? 'dark' : 'light';
  root.dataset.themeChoice = choice;
})();
