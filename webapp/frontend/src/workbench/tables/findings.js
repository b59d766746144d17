// What is wrong with the table, under it and in it: cells that cannot be read, forgotten cases, rules that overlap.
import { element } from '../../lib/dom.js';
import { showProblems } from '../problems.js';
import { word } from '../words.js';
import { addRule } from './bar.js';
import { goTo } from './editor.js';

export function showFindings(context) {
  const { gaps, overlaps } = context.found();
  const spoken = new Set([...context.study.problems].map((problem) => problem.message));
  const rest = [
    ...context.study.problems.filter((problem) => !isListed(problem, gaps, overlaps)),
    ...context.others.filter((problem) => !spoken.has(problem.message) && !isListed(problem, gaps, overlaps)),
  ];
  const parts = [element('h2', {}, word('检查'))];
  if (gaps.length) parts.push(head('遗漏的情况（{count}）', gaps), list(gaps, (gap) => gapOf(context, gap)));
  if (overlaps.length) parts.push(head('重叠的规则（{count}）', overlaps), list(overlaps, (each) => overlapOf(context, each)));
  if (rest.length) {
    const others = element('div', {});
    showProblems(others, rest, { file: context.config.path, select: (id) => goTo(context, id) });
    parts.push(others);
  } else if (!gaps.length && !overlaps.length) {
    parts.push(element('p', { class: 'hq-problems-none' }, word('没有遗漏，也没有重叠')));
  }
  context.place('findings').replaceChildren(...parts);
  markSheet(context);
}

const isListed = (problem, gaps, overlaps) =>
  overlaps.some((each) => each.words === problem.message) || gaps.some((gap) => problem.message.includes(`：${gap.words}：`));
const head = (text, found) => element('h3', {}, word(text, { count: found.length }));
const list = (found, entry) => element('ul', { class: 'hq-problems' }, ...found.map(entry));

function gapOf(context, gap) {
  const add = element('button', { type: 'button', class: 'btn btn-sm' }, word('补一条规则'));
  add.addEventListener('click', () => {
    const rows = context.service('sheet').getRoot().rows;
    const row = addRule(context, rows.length, null, gap.cells);
    const inputs = context.service('sheet').getRoot().businessObject.input?.length ?? 0;
    // the conditions are known, what shall come out is not: there the person goes on
    goTo(context, row.cells[inputs]?.id ?? row.id);
  });
  return element(
    'li',
    { class: `hq-finding is-${gap.weak ? 'warning' : 'error'}` },
    element('span', {}, element('span', { translate: 'no' }, gap.words), word('：没有规则')),
    add,
  );
}

function overlapOf(context, overlap) {
  const both = element('button', { type: 'button', class: 'btn btn-sm' }, word('看这两条'));
  both.addEventListener('click', () => {
    goTo(context, overlap.second);
    context.place('sheet').querySelector(`td[data-row-id="${CSS.escape(overlap.first)}"]`)?.scrollIntoView({ block: 'nearest' });
  });
  return element('li', { class: 'hq-finding is-error' }, element('span', { translate: 'no' }, overlap.words), both);
}

const set = (node, name, value) => {
  if (value) {
    if (node.dataset[name] !== value) node.dataset[name] = value;
  } else if (name in node.dataset) delete node.dataset[name];
};

/** Marks cells and rules in the sheet: `data-wrong` where something cannot stay, `data-fired` and `data-met` of a trial. */
export function markSheet(context) {
  const wrong = new Map();
  const note = (id, text) => wrong.set(id, wrong.has(id) ? `${wrong.get(id)}\n${text}` : text);
  for (const problem of [...context.study.problems, ...context.others]) if (problem.element) note(problem.element, problem.message);
  for (const overlap of context.found().overlaps) note(overlap.first, overlap.words);
  const { fired = [], met = [] } = context.trial ?? {};
  context.service('sheet').getRoot().rows.forEach((row, at) => {
    const hit = fired.includes(at + 1);
    for (const node of context.place('sheet').querySelectorAll(`td[data-row-id="${CSS.escape(row.id)}"]`)) {
      const id = node.dataset.elementId;
      const isRule = node.classList.contains('rule-index');
      const text = wrong.get(id) && (isRule || id !== row.id) ? wrong.get(id) : '';
      set(node, 'wrong', text ? 'yes' : '');
      if (text && node.title !== text) node.title = text;
      else if (!text && node.title) node.removeAttribute('title');
      set(node, 'fired', hit ? 'yes' : '');
      const place = row.cells.findIndex((cell) => cell.id === id);
      set(node, 'met', met[at] && place in met[at] ? (met[at][place] ? 'yes' : 'no') : '');
    }
  });
}
