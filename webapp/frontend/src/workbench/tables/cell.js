// Filling one cell without knowing how the language writes it: a comparison, a range, or choices to tick.
import { element } from '../../lib/dom.js';
import { word } from '../words.js';
import { field, fieldOf } from './column.js';
import { titleOf, typeOf } from './sheet.js';
import { readable, ticked, written } from './values.js';

const SIGNS = { '=': '等于', '>': '大于', '>=': '大于等于', '<': '小于', '<=': '小于等于', '..': '介于' };
const MARKS = { date: ['date("', '")'], dateTime: ['date and time("', '")'], time: ['time("', '")'] };

export function showCell(context, part) {
  const { cell, column } = context;
  const at = cell ? context.service('sheet').getRoot().rows.indexOf(cell.row) : -1;
  part.hidden = at < 0;
  if (at < 0) return;
  const isInput = Boolean(column.inputExpression);
  const set = (text) => context.service('modeling').editCell(cell.businessObject, text);
  const body = element('div', { class: 'hq-card-body' });
  const title = `${word('第 {number} 条', { number: at + 1 })} · ${titleOf(column)}`;
  body.append(element('p', { class: 'hq-cell-where' }, title));
  if (isInput) body.append(any(set));
  const offered = choices(context, column);
  if (offered.length) body.append(isInput ? ticks(cell, offered, set) : options(offered, set));
  else if (isInput && ['number', 'date', 'dateTime', 'time'].includes(typeOf(column))) body.append(...comparison(typeOf(column), set));
  body.append(hint());
  part.replaceChildren(element('div', { class: 'hq-card-head' }, element('h2', {}, word('这一格'))), body);
}

/** How the language of cells looks, for who would rather type. */
function hint() {
  const samples = ['> 5000', '[1000..2000]', '"A","B"', 'not("C")', 'date("2026-01-31")'];
  const parts = samples.flatMap((sample) => [element('code', {}, sample), ' ']);
  return element('p', { class: 'hq-hint' }, word('也可以直接在格子里写：'), ...parts, word('；横线表示不限。'));
}

function any(set) {
  const button = element('button', { type: 'button', class: 'btn btn-sm' }, word('不限'));
  button.addEventListener('click', () => set('-'));
  return button;
}

/** What the cell may hold, with what people call it. */
function choices(context, column) {
  if (typeOf(column) === 'boolean') return [{ cell: 'true', label: word('是') }, { cell: 'false', label: word('否') }];
  const listed = readable((column.inputValues ?? column.outputValues)?.text ?? '', 'string');
  const named = fieldOf(context, column.inputExpression?.text)?.choices ?? [];
  const labels = Object.fromEntries(named.map((choice) => [choice.value, choice.label]));
  if (typeOf(column) !== 'string') return [];
  const values = listed.length ? listed : named.map((choice) => String(choice.value));
  return values.map((value) => ({ cell: written(value), label: labels[value] && labels[value] !== value ? `${labels[value]}（${value}）` : value }));
}

function ticks(cell, offered, set) {
  const now = ticked(cell.businessObject.text);
  const box = element('fieldset', { class: 'hq-options' }, element('legend', { class: 'hq-label' }, word('条件')));
  const except = tick(word('除了所选的'), now.except);
  const boxes = offered.map((choice) => [choice, tick(choice.label, now.chosen.has(choice.cell))]);
  const renew = () => {
    const picked = boxes.filter(([, [input]]) => input.checked).map(([choice]) => choice.cell);
    if (!picked.length) set('-');
    else set(except[0].checked ? `not(${picked.join(',')})` : picked.join(','));
  };
  for (const [input] of [...boxes.map(([, each]) => each), except]) input.addEventListener('change', renew);
  box.append(...boxes.map(([, [, label]]) => label));
  if (offered.length > 2) box.append(except[1]);
  return box;
}

function tick(label, checked) {
  const input = element('input', { type: 'checkbox', class: 'form-check-input' });
  input.checked = checked;
  return [input, element('label', { class: 'form-check' }, input, element('span', { translate: 'no' }, label))];
}

function options(offered, set) {
  const buttons = offered.map((choice) => {
    const button = element('button', { type: 'button', class: 'btn btn-sm', translate: 'no' }, choice.label);
    button.addEventListener('click', () => set(choice.cell));
    return button;
  });
  return element('div', { class: 'hq-boundaries', role: 'group', 'aria-label': word('值') }, ...buttons);
}

function comparison(type, set) {
  const [before, after] = MARKS[type] ?? ['', ''];
  const kind = { date: 'date', dateTime: 'datetime-local', time: 'time' }[type] ?? 'text';
  const sign = element('select', { class: 'form-select' });
  sign.append(...Object.entries(SIGNS).map(([value, label]) => element('option', { value }, word(label))));
  const low = element('input', { class: 'form-control', type: kind, ...(kind === 'text' && { inputmode: 'decimal' }) });
  const high = low.cloneNode();
  const to = field(word('到'), high);
  to.hidden = true;
  sign.addEventListener('change', () => { to.hidden = sign.value !== '..'; });
  const write = (input) => `${before}${withSeconds(type, input.value.trim())}${after}`;
  const enter = element('button', { type: 'button', class: 'btn btn-sm' }, word('填入'));
  enter.addEventListener('click', () => {
    if (!low.value.trim() || (sign.value === '..' && !high.value.trim())) return;
    if (sign.value === '..') set(`[${write(low)}..${write(high)}]`);
    else set(sign.value === '=' ? write(low) : `${sign.value} ${write(low)}`);
  });
  return [field(word('条件'), sign), field(word('值'), low), to, enter];
}

const withSeconds = (type, text) => (type !== 'date' && /^(.*T)?\d\d:\d\d$/.test(text) ? `${text}:00` : text);
