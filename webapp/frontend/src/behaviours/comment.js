// To refuse or to return without a word helps nobody: the comment is asked for before the form leaves.
import { showError } from '../lib/dom.js';

export function start() {
  document.addEventListener('submit', (event) => {
    if (event.defaultPrevented || !event.submitter?.matches('[data-requires-comment]')) return;
    const comment = event.target.querySelector('[data-comment]') ?? document.querySelector('[data-comment]');
    if (!comment || comment.value.trim()) return;
    event.preventDefault();
    showError(comment, event.submitter.dataset.message || comment.dataset.message || '');
    comment.focus();
    comment.scrollIntoView({ block: 'center' });
  });
  document.addEventListener('input', ({ target }) => {
    if (target.matches?.('[data-comment]')) showError(target, '');
  });
}
