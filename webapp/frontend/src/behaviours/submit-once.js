// Registered last: what an earlier behaviour stopped is not guarded.
export function start() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== 'post' || form.target === '_blank' || form.matches('[data-resubmit]')) return;
    if (form.dataset.submitting) {
      event.preventDefault();
      return;
    }
    form.dataset.submitting = 'true';
    // A disabled button is not sent, so it is disabled after the browser has collected the values.
    setTimeout(() => {
      event.submitter?.setAttribute('aria-busy', 'true');
      for (const button of form.elements) if (button.type === 'submit' && !button.disabled) {
        button.disabled = true;
        button.dataset.guarded = 'true';
      }
    });
  });
  // Coming back with the back button shows the page as it was left.
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-submitting]')) delete form.dataset.submitting;
    for (const button of document.querySelectorAll('[data-guarded]')) {
      button.disabled = false;
      button.removeAttribute('aria-busy');
      delete button.dataset.guarded;
    }
  });
}
