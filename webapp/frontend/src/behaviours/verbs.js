// The small forms of a task. What was written for the decision is offered to the form that is opened, and travels with
// whatever is sent, so that a refusal loses nothing.
const decision = () => document.querySelector('#decision [data-comment]');

function opened(box) {
  const form = box.querySelector('form');
  const comment = form?.querySelector('[data-takes-comment]');
  const written = decision()?.value.trim();
  if (comment && written && !comment.value) comment.value = written;
  form?.querySelector('input:not([type=hidden]), select, textarea')?.focus({ preventScroll: true });
  box.scrollIntoView({ block: 'nearest' });
}

export function start() {
  document.addEventListener('click', (event) => {
    const box = event.target.closest('summary')?.parentElement;
    // the box opens after the click
    if (box?.matches('[data-verb]:not([open])')) requestAnimationFrame(() => box.open && opened(box));
  });
  document.addEventListener('keydown', (event) => {
    const box = event.key === 'Escape' && !event.defaultPrevented && event.target.closest?.('details.hq-verb[open], details.hq-verb-choice[open]');
    if (!box) return;
    box.open = false;
    box.querySelector('summary').focus();
  });
  document.addEventListener('formdata', ({ target, formData }) => {
    if (target.querySelector('[data-carried]') && decision()) formData.set('decision', decision().value);
  });
}
