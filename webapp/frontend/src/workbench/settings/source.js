// A file of the draft as text: checked while somebody types, kept when they save.
import { debounce } from '../../lib/dom.js';
import { openDraft, readConfig } from '../draft.js';
import { showProblems } from '../problems.js';

export function watchSource(form) {
  const config = readConfig();
  const draft = openDraft(config);
  const area = form.querySelector('textarea');
  const place = form.querySelector('[data-source-problems]');
  draft.onProblems((problems) => {
    showProblems(place, problems.filter((problem) => problem.file === config.path), { file: config.path, select: goTo });
  });
  const goTo = () => area.focus();
  const check = debounce(() => draft.check(area.value), 400);
  area.addEventListener('input', check);
  draft.check();
}
