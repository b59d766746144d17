// The properties of what is selected on a paper, in the words of somebody who files papers.
import { addEnglish, word } from '../words.js';
import { action, note, part, selectField, textField, tick } from '../panel/controls.js';
import { element } from '../../lib/dom.js';
import { addColumn, at, kindOf, paperIn, remove, setPart, setSource, shift, sourceOf } from './document.js';

addEnglish({
  印在格子前的字: 'Label', '换行处按回车': 'Enter breaks the line', 内容来自: 'Shows', 表单字段: 'A field of the form', 流程变量: 'A variable', 谁签的名: 'Who signed', 留空手写: 'Left blank', 哪个字段: 'Field', 哪个变量: 'Variable', 哪个环节: 'Step', 后面再接一个字段: 'A second field behind it', 显示台账里的: 'From the register, its', '留出书写的地方': 'Leaves room to write',
  '这个字段空着时不印这一行': 'Leave the row out while this field is empty', '写成金额': 'As an amount', '印出全部选项，选中的打√': 'Print all choices, tick the chosen one', '选项用、隔开': 'Separated by 、', '印上的文字': 'Text', 哪一组金额: 'Which amounts', 合计字段: 'Total', 备注字段: 'Notes', '代替“项目”的字': 'Instead of 项目', 项目横着排: 'Items side by side', 哪个明细表: 'Which rows', '至少几行': 'Lines at least',
  列: 'Columns', 加一列: 'Add a column', 序号列: 'Line numbers', '合计这一列': 'Add the column up', '取表单的字段，每行都一样': "A field of the form, the same on every line", '列宽（1 到 60）': 'Width (1 to 60)', 哪张分支表单: 'Form of the branches', 纸张方向: 'Orientation', 竖放: 'Portrait', 横放: 'Landscape', 签名的样子: 'Signatures', '每个签名一格（意见、姓名、时间）': 'A cell each (opinion, name, time)', '纸的下边一行横线': 'On a line below', '纸的上边一行横线': 'On a line above', 删除: 'Remove', 往前移: 'Forward', 往后移: 'Back', 标题: 'Title', 哪张表单的内容: 'Whose values', 单据: 'Paper', 格子: 'Cell', 签名: 'Signature', 签名日期: 'Day of signing', '新列': 'New column', 文字: 'Text', 金额: 'Amounts', 表格: 'Table', 分支汇总: 'List of branches', '请在左边选择一格，或添加一行。': 'Choose a cell on the left, or add a row.', 怎样显示: 'How it is shown',
});

const options = (names) => names.map(([value, label]) => ({ value, label }));

/** Fills the panel for the selected place; every change goes through `bench.put`. */
export function drawPanel(container, bench) {
  const { place } = bench;
  const block = place && at(bench.file, place);
  const parts = block ? partsOf(bench, place, block) : paperParts(bench);
  const had = container.contains(document.activeElement) && document.activeElement.dataset.field;
  container.replaceChildren(...parts);
  if (had) [...container.querySelectorAll('[data-field]')].find((each) => each.dataset.field === had)?.focus();
}

function paperParts(bench) {
  const paper = paperIn(bench.file);
  const set = (key) => (value) => bench.put(setPart(bench.file, null, key, value));
  return [
    part(
      word('单据'), '',
      !bench.file.schema && textField({ key: 'title', label: word('标题'), value: paper.title, onChange: (value) => value && set('title')(value) }),
      !bench.file.schema && selectField({ key: 'form', label: word('哪张表单的内容'), value: paper.form, options: options(bench.names.forms), empty: null, onChange: set('form') }),
      selectField({ key: 'orientation', label: word('纸张方向'), value: paper.orientation ?? 'portrait', options: options([['portrait', word('竖放')], ['landscape', word('横放')]]), empty: null, onChange: (value) => set('orientation')(value === 'portrait' ? '' : value) }),
      selectField({ key: 'style', label: word('签名的样子'), value: paper.signature_style ?? 'row', options: options([['row', word('每个签名一格（意见、姓名、时间）')], ['line', word('纸的下边一行横线')], ['heading', word('纸的上边一行横线')]]), empty: null, onChange: (value) => set('signature_style')(value === 'row' ? '' : value) }),
    ),
    note(word('请在左边选择一格，或添加一行。')),
  ];
}

function partsOf(bench, place, block) {
  const set = (key) => (value) => bench.put(setPart(bench.file, place, key, value));
  const text = (key, label, more = {}) => textField({ key, label: word(label), value: block[key] ?? '', onChange: (value) => (value || !more.needed) && set(key)(value), ...more });
  const box = (key, label) => tick({ key, label: word(label), value: Boolean(block[key]), onChange: set(key) });
  const choose = (key, label, names, empty) => selectField({ key, label: word(label), value: block[key] ?? '', options: options(names), onChange: set(key), ...(empty === null && { empty: null }) });
  const tools = { set, text, box, choose };
  const kind = 'signature' in place ? 'signature' : 'column' in place ? 'column' : kindOf(block);
  const [title, controls] = {
    text: () => ['文字', [text('text', '印上的文字', { area: 3, needed: true }), choose('if', '这个字段空着时不印这一行', bench.names.fields)]],
    amounts: () => ['金额', amounts(bench, tools)],
    table: () => ['表格', table(bench, place, tools, 'table')],
    branches: () => ['分支汇总', table(bench, place, tools, 'branches')],
    cell: () => ['格子', cell(bench, place, block, tools)],
    column: () => ['列', column(bench, place, block, tools)],
    signature: () => ['签名', [label(tools), ...source(bench, place, block, ['step', 'day', 'field', 'blank'], bench.names.fields)]],
  }[kind]();
  const move = (step) => () => bench.go(...shift(bench.file, place, step));
  const buttons = element('div', { class: 'hq-props-row' }, action(word('往前移'), move(-1), { key: 'forward' }), action(word('往后移'), move(1), { key: 'back' }), action(word('删除'), () => bench.go(remove(bench.file, place), null), { key: 'remove' }));
  return [part(word(title), '', ...controls, buttons)];
}

const label = ({ text }) => text('label', '印在格子前的字', { area: 2, needed: true, hint: word('换行处按回车') });
const SOURCES = { field: '表单字段', variable: '流程变量', step: '谁签的名', day: '签名日期', blank: '留空手写' };

function source(bench, place, block, kinds, fields) {
  const kind = sourceOf(block);
  const names = { field: fields, variable: bench.names.variables, step: bench.names.steps, day: bench.names.steps };
  const set = (key, value) => bench.put(setSource(bench.file, place, key, value));
  const which = { field: '哪个字段', variable: '哪个变量', step: '哪个环节', day: '哪个环节' }[kind];
  return [
    selectField({ key: 'source', label: word('内容来自'), value: kind, options: options(kinds.filter((each) => each === 'blank' || names[each].length).map((each) => [each, word(SOURCES[each])])), empty: null, onChange: (value) => set(value, names[value]?.[0]?.[0]) }),
    which && selectField({ key: 'value', label: word(which), value: block[kind], options: options(names[kind]), empty: null, onChange: (value) => set(kind, value) }),
  ];
}

function shown(bench, block, { set, box, choose }, fields) {
  const field = fields.find(([name]) => name === block.field)?.[2] ?? {};
  if (!('field' in block)) return [];
  return [
    choose('also', '后面再接一个字段', fields),
    (field['x-source'] || block.of) && choose('of', '显示台账里的', bench.names.entries[field['x-source']] ?? []),
    (field.type === 'number' || field.type === 'integer' || block.of || block.money) && box('money', '写成金额'),
    (field.enum || block.choices) && textField({ key: 'choices', label: word('印出全部选项，选中的打√'), hint: word('选项用、隔开'), value: (block.choices ?? []).join('、'), onChange: (value) => set('choices')(value.includes('、') ? value.split('、').filter(Boolean) : '') }),
  ];
}

function cell(bench, place, block, tools) {
  const { fields } = bench.names;
  return [label(tools), ...source(bench, place, block, ['field', 'variable', 'step', 'blank'], fields.filter(([, , field]) => !field.properties && !field.items?.properties)), ...shown(bench, block, tools, fields), tools.box('wide', '留出书写的地方'), place.cell === 0 && tools.choose('if', '这个字段空着时不印这一行', fields)];
}

const amounts = (bench, tools) => [
  label(tools),
  tools.choose('amounts', '哪一组金额', bench.names.amounts, null),
  tools.choose('total', '合计字段', bench.names.fields),
  tools.choose('notes', '备注字段', bench.names.fields),
  tools.text('head', '代替“项目”的字'),
  tools.box('across', '项目横着排'),
];

function table(bench, place, { choose, set }, key) {
  const block = at(bench.file, place);
  const columns = bench.columnsOf(block);
  return [
    key === 'table' ? choose('table', '哪个明细表', bench.names.rows, null) : choose('branches', '哪张分支表单', bench.names.forms, null),
    textField({ key: 'min_rows', label: word('至少几行'), value: String(block.min_rows ?? ''), onChange: (value) => set('min_rows')(/^\d{1,2}$/.test(value) ? Math.min(Number(value), 40) : '') }),
    element('div', { class: 'hq-props-row' }, action(word('加一列'), () => bench.put(addColumn(bench.file, place, columns[0] ? { label: columns[0][1], field: columns[0][0] } : { label: word('新列') })), { key: 'add-column' })),
  ];
}

function column(bench, place, block, tools) {
  const parent = at(bench.file, { row: place.row, cell: place.cell });
  const fields = block.of_form ? bench.names.fields : bench.columnsOf(parent);
  return [
    label(tools),
    tools.box('number', '序号列'),
    ...(block.number ? [] : [...source(bench, place, block, ['field', 'blank'], fields), ...shown(bench, block, tools, fields), tools.box('of_form', '取表单的字段，每行都一样'), tools.box('total', '合计这一列')]),
    textField({ key: 'width', label: word('列宽（1 到 60）'), value: String(block.width ?? ''), onChange: (value) => tools.set('width')(/^\d{1,2}$/.test(value) && Number(value) ? Math.min(Number(value), 60) : '') }),
  ];
}
