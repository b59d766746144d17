// What is wrong with a draft, as a list that leads to the place. Findings about the file that is being edited select the
// element in the editor; all others are links.
import { element } from '../lib/dom.js';
import { addEnglish, word } from './words.js';

addEnglish({
  '没有发现问题': 'Nothing wrong',
  '必须改正（{count}）': 'Must be mended ({count})',
  '建议改进（{count}）': 'Could be better ({count})',
  '供参考（{count}）': 'Good to know ({count})',
  '第 {line} 行': 'line {line}',
  '看走法': 'Show the way',
});

const HEADS = [
  ['error', '必须改正（{count}）'],
  ['warning', '建议改进（{count}）'],
  ['info', '供参考（{count}）'],
];
const name = (file, folder, suffix) => encodeURIComponent(file.slice(folder.length, -suffix.length));
const fragment = (id) => (id ? `#${encodeURIComponent(id)}` : '');

/** The page of the workbench where a finding is mended; empty where there is none. */
export function addressOf(problem, places) {
  const { file, element: id } = problem;
  if (file.endsWith('.bpmn')) return (places.diagram ?? '') + fragment(id);
  if (file.startsWith('forms/')) return `${places.forms ?? ''}?name=${name(file, 'forms/', '.json')}${fragment(id)}`;
  if (file.startsWith('decisions/')) return `${places.tables ?? ''}?name=${name(file, 'decisions/', '.dmn')}${fragment(id)}`;
  if (file.startsWith('scenarios/')) return `${places.scenarios ?? ''}?name=${name(file, 'scenarios/', '.toml')}`;
  return (places.settings ?? '') + fragment(id);
}

/** The addresses of the draft's pages, read from the tabs above: `{diagram: '/workbench/…'}`. */
export function readPlaces() {
  const tabs = document.querySelectorAll('[data-place]');
  return Object.fromEntries([...tabs].map((tab) => [tab.dataset.place, tab.getAttribute('href')]));
}

/**
 * Fills `container` with the findings, errors first. `file` is the one being edited; `select(element, way)` goes to a
 * finding in it. `nothing` is what is said where there are none.
 */
export function showProblems(container, problems, { file, select, places = readPlaces(), nothing = word('没有发现问题') } = {}) {
  if (!problems.length) {
    container.replaceChildren(element('p', { class: 'hq-problems-none' }, nothing));
    return;
  }
  container.replaceChildren();
  for (const [severity, head] of HEADS) {
    const found = problems.filter((problem) => problem.severity === severity);
    if (!found.length) continue;
    container.append(
      element('h3', { class: `hq-problems-head is-${severity}` }, word(head, { count: found.length })),
      element('ul', { class: 'hq-problems' }, ...found.map((problem) => entry(problem, { file, select, places }))),
    );
  }
}

function entry(problem, { file, select, places }) {
  const here = select && problem.file === file;
  const goes = here
    ? element('button', { type: 'button', class: 'hq-problem' })
    : element('a', { class: 'hq-problem', href: addressOf(problem, places) });
  goes.append(element('span', { class: 'hq-problem-text' }, problem.message), ...where(problem, here));
  if (here) goes.addEventListener('click', () => select(problem.element, problem.way ?? []));
  return element('li', { class: `is-${problem.severity}` }, goes);
}

function where(problem, here) {
  const parts = [];
  if (!here) parts.push(element('code', {}, problem.file));
  if (problem.element) parts.push(element('code', {}, problem.element));
  if (problem.line && !problem.element) parts.push(element('span', {}, word('第 {line} 行', { line: problem.line })));
  if (here && problem.way?.length) parts.push(element('span', { class: 'hq-problem-way' }, word('看走法')));
  return parts.length ? [element('span', { class: 'hq-problem-where' }, ...parts)] : [];
}
