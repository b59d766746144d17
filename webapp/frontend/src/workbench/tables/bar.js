// The buttons above the sheet. They act on the selected cell; the same is done by keys and by the menu of a cell.
import { element } from '../../lib/dom.js';
import { word } from '../words.js';
import { POLICIES } from './words.js';

const button = (label, act, disabled, attributes = {}) => {
  const node = element('button', { type: 'button', class: 'btn btn-sm', ...attributes }, label);
  node.disabled = disabled;
  node.addEventListener('click', act);
  return node;
};

export function showBar(context) {
  const bar = context.place('bar');
  const focused = bar.contains(document.activeElement) && document.activeElement.dataset.act;
  bar.replaceChildren(name(context), policy(context), ...rules(context), ...columns(context), ...changes(context));
  if (focused) bar.querySelector(`[data-act="${focused}"]`)?.focus();
}

function name(context) {
  const decision = context.sheets.getActiveView().element;
  const input = element('input', { class: 'form-control', id: 'table-name', maxlength: 80, 'data-act': 'name' });
  input.value = decision.name ?? '';
  input.addEventListener('change', () => {
    if (input.value.trim()) context.service('modeling').editDecisionTableName(input.value.trim());
    else input.value = decision.name;
  });
  return group(word('名称'), element('label', { class: 'visually-hidden', for: 'table-name' }, word('名称')), input);
}

function policy(context) {
  const table = context.sheets.getActiveView().element.decisionLogic;
  const now = POLICIES.findIndex(([hit, sum]) => hit === (table.hitPolicy ?? 'UNIQUE') && sum === (table.aggregation ?? ''));
  const select = element('select', { class: 'form-select', id: 'hit-policy', 'data-act': 'policy' });
  select.append(...POLICIES.map(([, , label], at) => element('option', { value: at }, word(label))));
  select.value = now;
  select.addEventListener('change', () => {
    const [hit, sum] = POLICIES[select.value];
    context.service('modeling').editHitPolicy(hit, sum || undefined);
  });
  const [, , , about, page] = POLICIES[now] ?? POLICIES[0];
  const help = element('a', { href: `${context.config.help}hit-policy-${page}`, target: '_blank', rel: 'noopener' }, word('这是什么'));
  return group(
    word('命中策略'), element('label', { class: 'visually-hidden', for: 'hit-policy' }, word('命中策略')), select,
    element('small', { class: 'hq-hint' }, `${word(about)} `, help),
  );
}

function rules(context) {
  const modeling = context.service('modeling');
  const all = context.service('sheet').getRoot().rows;
  const at = all.indexOf(context.row);
  const row = at < 0 ? null : context.row;
  const move = (by) => () => keepCell(context, () => modeling.moveRow(row, at + by));
  return [
    group(
      word('规则'),
      button(word('添加规则'), () => addRule(context, row ? at + 1 : all.length), false, { 'data-act': 'add-rule' }),
      button(word('复制规则'), () => addRule(context, at + 1, row), !row, { 'data-act': 'copy-rule' }),
      button(word('上移'), move(-1), !row || at === 0, { 'data-act': 'up' }),
      button(word('下移'), move(1), !row || at === all.length - 1, { 'data-act': 'down' }),
      button(word('删除规则'), () => modeling.removeRow(row), !row, { 'data-act': 'remove-rule' }),
    ),
  ];
}

/** A new rule at `index`, with the cells of `like` (a row) or of `cells` ({place: text}). */
export function addRule(context, index, like = null, cells = null) {
  const modeling = context.service('modeling');
  const row = modeling.addRow({ type: 'dmn:DecisionRule' }, index);
  row.cells.forEach((cell, place) => {
    const text = like ? like.cells[place].businessObject.text : cells?.[place];
    if (text) modeling.editCell(cell.businessObject, text);
  });
  if (like?.businessObject.description) modeling.editAnnotation(row.businessObject, like.businessObject.description);
  context.service('selection').select(row.cells[0]);
  return row;
}

function columns(context) {
  const modeling = context.service('modeling');
  const root = context.service('sheet').getRoot();
  const column = context.column && root.cols.find((each) => each.businessObject === context.column);
  const inputs = root.businessObject.input?.length ?? 0;
  const at = column ? root.cols.indexOf(column) : -1;
  const isInput = at < inputs;
  const first = isInput ? 0 : inputs;
  const last = isInput ? inputs - 1 : root.cols.length - 1;
  const move = (by) => () => keepCell(context, () => modeling.moveCol(column, at + by));
  return [
    group(
      word('列'),
      button(word('添加输入列'), () => openColumn(context, modeling.addCol({ type: 'dmn:InputClause' }, inputs)), false, { 'data-act': 'add-input' }),
      button(word('添加输出列'), () => openColumn(context, modeling.addCol({ type: 'dmn:OutputClause' }, root.cols.length)), false, { 'data-act': 'add-output' }),
      button(word('复制这一列'), () => copyColumn(context, column), !column, { 'data-act': 'copy-column' }),
      button(word('左移'), move(-1), !column || at === first, { 'data-act': 'left' }),
      button(word('右移'), move(1), !column || at === last, { 'data-act': 'right' }),
      button(word('删除这一列'), () => removeColumn(context, column), !column || (!isInput && first === last), { 'data-act': 'remove-column' }),
    ),
  ];
}

function openColumn(context, column) {
  context.service('eventBus').fire('column.open', { column: column.businessObject });
}

function copyColumn(context, column) {
  const copying = context.service('copyCutPaste');
  copying.copy(column);
  copying.pasteAfter(column);
}

function removeColumn(context, column) {
  context.service('modeling').removeCol(column);
  context.column = context.cell = context.row = null;
  context.showSide();
  showBar(context);
}

function keepCell(context, act) {
  const { id } = context.cell ?? {};
  act();
  if (id) context.service('selection').select(id);
  showBar(context);
}

function changes(context) {
  const stack = context.service('commandStack');
  return [
    group(
      word('修改'),
      button(word('撤销'), () => stack.undo(), !stack.canUndo(), { 'data-act': 'undo', 'aria-keyshortcuts': 'Control+Z' }),
      button(word('重做'), () => stack.redo(), !stack.canRedo(), { 'data-act': 'redo', 'aria-keyshortcuts': 'Control+Y' }),
    ),
  ];
}

function group(label, ...parts) {
  return element('div', { class: 'hq-table-group', role: 'group', 'aria-label': label }, ...parts);
}
