// Trying the table: a small form of what it asks for, its answer, and the rules that gave it.
import { element, showError } from '../../lib/dom.js';
import { word } from '../words.js';
import { markSheet } from './findings.js';

const INPUTS = { date: 'date', time: 'time', 'date and time': 'datetime-local' };

export function showTrial(context, part) {
  const { asks } = context.found();
  const asked = JSON.stringify(asks);
  // the form stays as it is while only the rules change, with what was typed
  if (part.dataset.asked === asked) {
    if (context.trial) attempt(context, part);
    return;
  }
  const typed = Object.fromEntries([...part.querySelectorAll('[name]')].map((input) => [input.name, input.value]));
  part.dataset.asked = asked;
  const form = element('form', { class: 'hq-card-body', novalidate: '' }, ...asks.map((ask) => field(context, ask, typed[ask.name] ?? '')));
  if (!asks.length) form.append(element('p', { class: 'hq-hint' }, word('这张表不看任何值')));
  form.append(
    element('div', { class: 'hq-trial-foot' }, element('button', { class: 'btn btn-primary' }, word('试算')), clear(context, part)),
    element('div', { class: 'hq-trial-answer', role: 'status' }),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(context, part);
  });
  part.replaceChildren(element('div', { class: 'hq-card-head' }, element('h2', {}, word('试一试'))), form);
}

function field(context, ask, typed) {
  const id = `try-${ask.name}`;
  const input = control(ask, id);
  input.value = typed;
  const box = element('div', { class: 'hq-field' }, element('label', { class: 'hq-label', for: id }, ask.title), input);
  if (ask.boundaries.length && input.tagName !== 'SELECT') {
    const values = ask.boundaries.map((each) => {
      const offer = element('button', { type: 'button', class: 'hq-boundary', translate: 'no' }, each.label);
      offer.addEventListener('click', () => {
        input.value = each.value;
        attempt(context, input.closest('section'));
      });
      return offer;
    });
    box.append(element('div', { class: 'hq-boundaries', role: 'group', 'aria-label': `${ask.title}：${word('边界值')}` }, ...values));
  }
  return box;
}

function control(ask, id) {
  const known = new Set(ask.choices.map((choice) => choice.value));
  const offered = ask.choices.length
    ? [...ask.choices, ...ask.boundaries.filter((each) => !known.has(each.value)).map((each) => ({ value: each.value, label: each.label }))]
    : ask.type === 'boolean'
      ? [{ value: 'true', label: word('是') }, { value: 'false', label: word('否') }]
      : [];
  if (!offered.length) {
    const type = INPUTS[ask.type] ?? 'text';
    return element('input', { class: 'form-control', id, name: ask.name, type, autocomplete: 'off', ...(ask.type === 'number' && { inputmode: 'decimal' }) });
  }
  const select = element('select', { class: 'form-select', id, name: ask.name }, element('option', { value: '' }, word('请选择')));
  select.append(...offered.map((choice) => element('option', { value: choice.value, translate: 'no' }, choice.label)));
  return select;
}

async function attempt(context, part) {
  const values = Object.fromEntries([...part.querySelectorAll('[name]')].map((input) => [input.name, input.value]));
  const decision = context.sheets.getActiveView().element.id;
  const answer = await context.ask(context.config.trial, { text: context.text, decision, values });
  if (!answer) return;
  for (const input of part.querySelectorAll('[name]')) showError(input, answer.errors?.[input.name]?.join('；'));
  context.trial = answer.errors ? null : answer;
  part.querySelector('.hq-trial-answer').replaceChildren(...(answer.errors ? wrong(answer) : said(context, answer)));
  markSheet(context);
}

const wrong = (answer) => (answer.errors[''] ? [element('p', { class: 'hq-error' }, answer.errors[''].join('；'))] : []);

function said(context, { outputs, fired, notes, inputs }) {
  const rows = outputs.map((each) => element('div', {}, element('dt', { translate: 'no' }, each.label), element('dd', { translate: 'no' }, each.value)));
  const parts = [element('h3', {}, word('结果')), element('dl', { class: 'hq-trial-values' }, ...rows)];
  parts.push(element('p', { class: 'hq-trial-rule' }, fired.length ? word('第 {numbers} 条规则满足', { numbers: fired.join('、') }) : word('没有规则满足')));
  for (const number of fired) {
    const text = reason(context, number, inputs);
    if (text) parts.push(element('p', { class: 'hq-hint' }, `${word('因为')} `, element('span', { translate: 'no' }, text)));
  }
  return [...parts, ...notes.map((note) => element('p', { class: 'hq-hint' }, note))];
}

/** Why a rule fired: each value that it asks for, and the cell that the value meets. */
function reason(context, number, inputs) {
  const root = context.service('sheet').getRoot();
  const row = root.rows[number - 1];
  return (root.businessObject.input ?? [])
    .map((column, at) => [column.label || column.inputExpression.text, row?.cells[at].businessObject.text])
    .filter(([, text]) => text && text !== '-')
    .map(([label, text]) => `${label} = ${inputs[label] ?? ''}（${text}）`)
    .join('；');
}

function clear(context, part) {
  const button = element('button', { type: 'button', class: 'btn' }, word('清除标记'));
  button.addEventListener('click', () => {
    context.trial = null;
    part.querySelector('.hq-trial-answer').replaceChildren();
    markSheet(context);
  });
  return button;
}
