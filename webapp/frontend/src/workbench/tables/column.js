// What one column is: which value it looks at or brings, what it is called, its type and its possible values.
import { element } from '../../lib/dom.js';
import { word } from '../words.js';
import { typeOf } from './sheet.js';
import { quoted, readable, written } from './values.js';
import { TYPES } from './words.js';

const OF_FIELD = { number: 'number', integer: 'number', boolean: 'boolean', date: 'date', time: 'time' };
const SOURCES = { provides: '系统操作', variables: '流程变量', engine: '流程自带' };
const NAME = /^[A-Za-z_]\w*$/;

export function showColumn(context, part) {
  const { column } = context;
  const body = element('div', { class: 'hq-card-body' });
  part.replaceChildren(element('div', { class: 'hq-card-head' }, element('h2', {}, word('这一列'))), body);
  if (!column) {
    body.append(element('p', { class: 'hq-hint' }, word('点一下列名或格子来设置')));
    return;
  }
  body.append(...(column.inputExpression ? ofInput(context, column) : ofOutput(context, column)));
}

function ofInput(context, column) {
  const update = (target, values) => context.service('modeling').updateProperties(target, values);
  const expression = column.inputExpression;
  const names = context.names.names ?? [];
  const isKnown = names.some((each) => each.name === expression.text);
  const source = element('select', { class: 'form-select' });
  source.append(element('option', { value: '' }, word('（自己写表达式）')));
  for (const [from, entries] of grouped(names)) {
    const group = element('optgroup', { label: word(SOURCES[from] ?? from) });
    group.append(...entries.map((each) => element('option', { value: each.name, translate: 'no' }, each.title)));
    source.append(group);
  }
  source.value = isKnown ? expression.text : '';
  source.addEventListener('change', () => choose(context, column, source.value));
  const text = input(expression.text ?? '', (value) => update(expression, { text: value }), { placeholder: word('写成加减乘除，例如：单价 * 数量'), spellcheck: 'false' });
  text.setAttribute('list', 'table-names');
  const known = element('datalist', { id: 'table-names' });
  known.append(...names.map((each) => element('option', { value: each.name }, each.title)));
  return [
    field(word('看哪个值'), source),
    ...(isKnown ? [] : [field(word('表达式'), text), known]),
    field(word('显示名称'), input(column.label ?? '', (value) => update(column, { label: value || undefined }))),
    field(word('类型'), types(typeOf(column), (value) => update(expression, { typeRef: value }))),
    values(context, column, column.inputValues, word('可选值'), word('每行一个；不写则不限'), fieldOf(context, expression.text)),
  ];
}

function choose(context, column, name) {
  const modeling = context.service('modeling');
  const { inputExpression: expression } = column;
  if (!name) {
    context.showSide();
    return;
  }
  const about = fieldOf(context, name);
  const known = context.names.names.find((each) => each.name === name);
  modeling.updateProperties(expression, { text: name, typeRef: typeOfField(about) || expression.typeRef });
  modeling.updateProperties(column, { label: known.title });
  if (about?.choices.length) modeling.editAllowedValues(column, about.choices.map((choice) => written(choice.value)));
  context.showSide();
}

function ofOutput(context, column) {
  const modeling = context.service('modeling');
  const update = (name, value) => modeling.updateProperties(column, { [name]: value || undefined });
  const fallback = input(column.defaultOutputEntry?.text ?? '', (value) => {
    const entry = value ? context.service('dmnFactory').create('dmn:LiteralExpression', { text: value }) : undefined;
    modeling.updateProperties(column, { defaultOutputEntry: entry });
  }, { spellcheck: 'false' });
  return [
    field(word('输出名称'), input(column.name ?? '', (value) => update('name', NAME.test(value) || !value ? value : column.name), { spellcheck: 'false' }), word('流程里用它来引用结果；只含字母、数字和下划线')),
    field(word('显示名称'), input(column.label ?? '', (value) => update('label', value))),
    field(word('类型'), types(typeOf(column), (value) => update('typeRef', value))),
    values(context, column, column.outputValues, word('可选结果'), word('每行一个，最优先的在前')),
    field(word('默认结果'), fallback, word('没有规则满足时的结果；文字要加双引号')),
  ];
}

function values(context, column, listed, label, hint, about = null) {
  const area = element('textarea', { class: 'form-control', rows: 3, spellcheck: 'false', translate: 'no' });
  area.value = readable(listed?.text ?? '', typeOf(column)).join('\n');
  area.addEventListener('change', () => {
    const lines = area.value.split('\n').map((line) => line.trim()).filter(Boolean);
    const cells = lines.map((line) => (typeOf(column) === 'string' ? quoted(line) : line));
    context.service('modeling').editAllowedValues(column, cells.length ? cells : null);
  });
  const parts = [field(label, area, hint)];
  if (about?.choices.length) {
    const take = element('button', { type: 'button', class: 'btn btn-sm' }, word('用表单的选项'));
    take.addEventListener('click', () => {
      context.service('modeling').editAllowedValues(column, about.choices.map((choice) => written(choice.value)));
      context.showSide();
    });
    parts.push(take);
  }
  return element('div', { class: 'hq-column-values' }, ...parts);
}

export function fieldOf(context, name) {
  for (const form of context.names.forms ?? []) {
    const found = form.fields.find((each) => each.name === name);
    if (found) return { ...found, choices: found.choices ?? [] };
  }
  return null;
}

function typeOfField(about) {
  if (!about) return '';
  return OF_FIELD[about.type] ?? (about.type === 'string' ? 'string' : '');
}

function grouped(names) {
  const groups = new Map();
  for (const each of names) groups.set(each.from, [...(groups.get(each.from) ?? []), each]);
  return groups;
}

function types(now, change) {
  const select = element('select', { class: 'form-select' });
  if (now && !(now in TYPES)) select.append(element('option', { value: now }, now));
  select.append(...Object.entries(TYPES).map(([value, label]) => element('option', { value }, word(label))));
  select.value = now || 'Any';
  select.addEventListener('change', () => change(select.value));
  return select;
}

function input(value, change, attributes = {}) {
  const node = element('input', { class: 'form-control', autocomplete: 'off', ...attributes });
  node.value = value;
  node.addEventListener('change', () => change(node.value.trim()));
  return node;
}

let number = 0;
export function field(label, control, hint = '') {
  control.id ||= `table-field-${++number}`;
  const box = element('div', { class: 'hq-field' }, element('label', { class: 'hq-label', for: control.id }, label), control);
  if (hint) {
    box.append(element('p', { class: 'hq-hint', id: `${control.id}-hint` }, hint));
    control.setAttribute('aria-describedby', `${control.id}-hint`);
  }
  return box;
}
