// The columns of rows, and the items of a table of amounts: listed with the field, each with properties of its own.
import { element } from '../../lib/dom.js';
import { action, fold, row, selectField, textField, tick } from '../panel/controls.js';
import { addEnglish, word } from '../words.js';
import { addColumn, columnsOf, fieldOf, moveColumn, removeColumn, setColumn, setField } from './document.js';
import { KINDS, freshName, kindOf } from './kinds.js';

addEnglish({
  列: 'Columns', '“{title}”的列': 'Column of “{title}”', 加一列: 'Add a column', 加什么列: 'Kind of the new column', 往左: 'Left', 往右: 'Right', 删除这一列: 'Remove the column', 回到明细表: 'Back to the rows', 这一列: 'This column', '列宽（共 12 份）': 'Width (of 12)', 下面写合计: 'Its total stands below',
  费用项目: 'Items', 加一项: 'Add an item', 合计写到: 'The total goes into', 不写: 'nowhere', 新的一列: 'New column', 新的一项: 'New item', '第 {number} 项': 'Item {number}', 去掉: 'Remove', 自动: 'by its text',
});

export function columnsPart(panel, name) {
  const { designer } = panel;
  const columns = Object.entries(columnsOf(fieldOf(designer.form, name)));
  const kinds = Object.entries(KINDS).filter(([, kind]) => kind.inRows).map(([value, kind]) => ({ value, label: word(kind.title) }));
  const add = (kind) => kind && designer.change(addColumn(designer.form, name, kind, word(KINDS[kind].title)), word('新的一列'));
  const lines = columns.map(([column, field]) => {
    const open = action(field.title ?? column, () => designer.select({ field: name, column }), { key: `column.${column}` });
    return row(open, action('←', () => designer.change(moveColumn(designer.form, name, column, -1)), { key: `left.${column}`, title: word('往左') }), action('→', () => designer.change(moveColumn(designer.form, name, column, 1)), { key: `right.${column}`, title: word('往右') }));
  });
  return fold(word('列'), panel.guide('widget', 'rows'), true, ...lines, selectField({ key: 'column.add', label: word('加一列'), value: '', options: kinds, empty: word('加什么列'), onChange: add }));
}

/** The properties of one column. */
export function columnPanel(panel, { field: name, column }) {
  const { designer } = panel;
  const columns = columnsOf(fieldOf(designer.form, name));
  const field = columns[column];
  if (!field) return [];
  const kind = kindOf(field);
  const set = (key, value) => designer.change(setColumn(designer.form, name, column, key, value));
  const target = { path: `${name}/${column}`, name: column, field, kind, set, taken: Object.keys(columns) };
  const widths = Array.from({ length: 12 }, (_unused, index) => ({ value: String(index + 1), label: String(index + 1) }));
  return [
    element('h2', { class: 'hq-props-title' }, word('“{title}”的列', { title: designer.titleOf(name) })),
    action(word('回到明细表'), () => designer.select({ field: name }, { focus: true }), { key: 'back' }),
    fold(
      word('这一列'), panel.guide('widget', kind), true, ...panel.basics(target),
      selectField({ key: 'column.width', label: word('列宽（共 12 份）'), value: String(field['x-width'] ?? ''), options: widths, empty: word('自动'), onChange: (value) => set('x-width', value ? Number(value) : null) }),
      ['number', 'integer', 'money'].includes(kind) && tick({ key: 'column.total', label: word('下面写合计'), value: field['x-total'] === true, onChange: (on) => set('x-total', on || null) }),
    ),
    ...panel.details(target),
    Object.keys(columns).length > 1 && action(word('删除这一列'), () => {
      designer.selected = { field: name };
      designer.change(removeColumn(designer.form, name, column));
    }, { key: 'column.remove' }),
  ];
}

/** The items of a table of amounts, and the field that holds their total. */
export function itemsPart(panel, name) {
  const { designer } = panel;
  const field = fieldOf(designer.form, name);
  const items = Object.entries(field.properties ?? {});
  const lines = items.map(([item, about], index) =>
    row(
      textField({ key: `item.${item}`, label: word('第 {number} 项', { number: index + 1 }), value: about.title ?? item, onChange: (title) => title && designer.change(setColumn(designer.form, name, item, 'title', title)) }),
      items.length > 1 && action(word('去掉'), () => designer.change(removeColumn(designer.form, name, item)), { key: `item.${item}.remove` }),
    ),
  );
  const numbers = Object.entries(designer.form.schema.properties).filter(([, each]) => each.type === 'number').map(([value, each]) => ({ value, label: each.title ?? value }));
  const add = () => {
    const properties = { ...field.properties, [freshName('item', new Set(Object.keys(field.properties)))]: { title: word('新的一项'), type: 'number', minimum: 0, maximum: 1000000, multipleOf: 0.01 } };
    designer.change(setField(designer.form, name, 'properties', properties));
  };
  return fold(
    word('费用项目'), panel.guide('widget', 'amounts'), true, ...lines, action(word('加一项'), add, { key: 'item.add' }),
    selectField({ key: 'amounts.total', label: word('合计写到'), value: field['x-total'] ?? '', options: numbers, empty: word('不写'), onChange: (value) => designer.change(setField(designer.form, name, 'x-total', value)) }),
  );
}
