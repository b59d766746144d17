// What each step may do with each field and each column: one table, a field a line and a step a column.
import { element } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';
import { columnsOf, fieldOf, order, rightAt, setRight } from './document.js';

addEnglish({
  '没有环节用到这张表单；在流程图里让一个环节用它，这里就能分环节设置。': 'No step uses this form; let a step of the diagram use it, and its rights can be set here.', 字段: 'Field', 不可见: 'Hidden', 只读: 'Read', 可填: 'Fill in', '全部字段': 'All fields', '“{field}”在“{step}”': '“{field}” at “{step}”', 整个环节: 'The whole step', '各不相同': 'Various',
  '不可见的字段不会送到那个环节的页面；只读的改不了；自动计算的字段总是只读。审批和只看这张表单的环节，没有可填的字段。': 'A hidden field never reaches the page of that step; one that is read cannot be changed; reckoned fields are always read. A step that signs or only shows the form fills in nothing.',
});

const RIGHTS = [
  ['hide', '不可见'],
  ['read', '只读'],
  ['edit', '可填'],
];

export function drawRights(designer, place) {
  const { form, config } = designer;
  if (!config.steps.length) {
    place.replaceChildren(element('p', { class: 'hq-note' }, word('没有环节用到这张表单；在流程图里让一个环节用它，这里就能分环节设置。')));
    return;
  }
  const names = [...order(form), ...Object.keys(form.schema.properties).filter((name) => !order(form).includes(name))];
  const paths = names.flatMap((name) => [name, ...Object.keys(columnsOf(fieldOf(form, name))).map((column) => `${name}/${column}`)]);
  const key = document.activeElement?.dataset?.right;
  const cell = (step, chosen) => {
    // nobody types into what is reckoned or filled by itself
    const typed = chosen.filter((path) => !isReckoned(form, path));
    const fills = step.fills && typed.length > 0;
    const right = (path) => (isReckoned(form, path) && rightAt(form, step.id, path) === 'edit' ? 'read' : rightAt(form, step.id, path));
    const rights = new Set((typed.length ? typed : chosen).map(right));
    const value = rights.size === 1 ? [...rights][0] : '';
    const whole = chosen.length > 1;
    const title = whole ? word('全部字段') : titleOf(form, chosen[0]);
    const select = element('select', { class: `form-select is-${value || 'various'}`, 'aria-label': word('“{field}”在“{step}”', { field: title, step: step.name }), 'data-right': `${step.id}.${whole ? '*' : chosen[0]}` });
    if (!value) select.append(element('option', { value: '' }, word('各不相同')));
    for (const [name, label] of RIGHTS) if (name !== 'edit' || fills) select.append(element('option', { value: name }, word(label)));
    select.value = value === 'edit' && !fills ? 'read' : value;
    select.addEventListener('change', () => designer.change(setRight(form, step.id, whole ? names : chosen, select.value, paths, step.fills)));
    return element('td', {}, select);
  };
  const head = element('tr', {}, element('th', { scope: 'col' }, word('字段')), ...config.steps.map((step) => element('th', { scope: 'col' }, step.name)));
  const all = element('tr', { class: 'is-whole' }, element('th', { scope: 'row' }, word('全部字段')), ...config.steps.map((step) => cell(step, names)));
  const lines = paths.map((path) => element('tr', path.includes('/') ? { class: 'is-column' } : {}, element('th', { scope: 'row' }, titleOf(form, path)), ...config.steps.map((step) => cell(step, [path]))));
  place.replaceChildren(
    element('p', { class: 'hq-hint' }, word('不可见的字段不会送到那个环节的页面；只读的改不了；自动计算的字段总是只读。审批和只看这张表单的环节，没有可填的字段。')),
    element('div', { class: 'hq-designer-matrix' }, element('table', {}, element('thead', {}, head), element('tbody', {}, all, ...lines))),
  );
  if (key) place.querySelector(`[data-right="${CSS.escape(key)}"]`)?.focus();
}

const isReckoned = (form, path) => {
  const [name, column] = path.split('/');
  const field = fieldOf(form, name);
  return Boolean(field.readOnly || (column && columnsOf(field)[column].readOnly));
};

function titleOf(form, path) {
  const [name, column] = path.split('/');
  const field = fieldOf(form, name);
  return (column ? columnsOf(field)[column].title : field.title) ?? path;
}
