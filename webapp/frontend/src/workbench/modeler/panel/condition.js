// A condition in rows of field, operator and value, or as text. The expression is the truth: rows are read from it.
import { element, freshId } from '../../../lib/dom.js';
import { addEnglish, word } from '../../words.js';
import { isComplete, readCondition, writeCondition } from '../condition.js';
import { action, fillSelect, note } from '../../panel/controls.js';
import { expressionField, judgement } from '../../panel/expression.js';
import { namesFor } from './names.js';

addEnglish({
  逐项选择: 'Choose', 写成表达式: 'Write', 条件: 'Condition', 字段: 'Field', 比较: 'Comparison', 值: 'Value', 加一个条件: 'Add a condition', 删去这个条件: 'Remove this condition',
  '以上条件': 'Of these', 全部成立: 'all hold', 任一成立: 'any holds', 等于: 'is', 不等于: 'is not', 大于: 'is more than', 大于等于: 'is at least', 小于: 'is less than', 小于等于: 'is at most',
  已填写: 'is filled in', 未填写: 'is empty', 成立: 'is true', 不成立: 'is not true', 是其中之一: 'is one of', 不是其中之一: 'is none of', 包含: 'contains', 不包含: 'does not contain', 与另一个字段比: 'compared with a field',
  '这个条件比较复杂，只能写成表达式': 'This condition can only be written', '选择字段…': 'Choose a field…', '用逗号分开': 'separated by commas', 怎样填写条件: 'How to write the condition',
});

const COMPARISONS = ['==', '!=', '>', '>=', '<', '<='];
const LABELS = {
  '==': '等于', '!=': '不等于', '>': '大于', '>=': '大于等于', '<': '小于', '<=': '小于等于',
  filled: '已填写', empty: '未填写', in: '是其中之一', 'not in': '不是其中之一', contains: '包含', lacks: '不包含',
};

function operatorsFor(about) {
  if (about.type === 'boolean') return ['filled', 'empty'];
  if (about.type === 'array') return ['contains', 'lacks', 'filled', 'empty'];
  if (about.choices.length) return ['==', '!=', 'in', 'not in', 'filled', 'empty'];
  if (['number', 'integer'].includes(about.type)) return [...COMPARISONS, 'filled', 'empty'];
  if (about.type === '') return [...COMPARISONS, 'in', 'not in', 'filled', 'empty'];
  return ['==', '!=', 'contains', 'lacks', 'in', 'not in', 'filled', 'empty'];
}

function labelOf(operator, about) {
  if (about.type === 'boolean') return word({ filled: '成立', empty: '不成立' }[operator] ?? LABELS[operator]);
  return word(LABELS[operator]);
}

/** The value that was typed, as the kind of the field suggests. */
function valueOf(about, text) {
  if (about.type === 'boolean' || ['True', 'False'].includes(text)) return { kind: 'truth', value: text };
  const number = /^-?\d+(\.\d+)?$/.test(text);
  if (['number', 'integer'].includes(about.type)) return { kind: 'number', value: number ? text : '' };
  return number && about.type === '' ? { kind: 'number', value: text } : { kind: 'text', value: text };
}

class Builder {
  constructor(bench, target, source, onChange) {
    Object.assign(this, { bench, target, onChange, names: namesFor(bench, target), source });
    this.condition = readCondition(source);
    if (!this.condition.rows.length) this.condition.rows.push({ left: '', operator: '==', values: [] });
    this.box = element('div', { class: 'hq-condition', role: 'group', 'aria-label': word('条件') });
    this.draw();
  }

  about(name) {
    return this.names.find((each) => each.name === name) ?? { name, title: name, type: '', choices: [] };
  }

  changed() {
    const written = writeCondition(this.condition);
    if (written === this.source || !this.condition.rows.every(isComplete)) return;
    this.source = written;
    this.onChange(written);
  }

  update(index, change) {
    this.condition.rows[index] = { ...this.condition.rows[index], ...change };
    this.draw();
    this.changed();
  }

  draw() {
    const focused = document.activeElement?.dataset.field;
    const { rows } = this.condition;
    this.box.replaceChildren(...rows.map((each, index) => this.row(each, index)));
    if (rows.length > 1) this.box.append(this.joins());
    this.box.append(
      action(word('加一个条件'), () => {
        rows.push({ left: '', operator: '==', values: [] });
        this.draw();
      }, { key: 'condition.add' }),
    );
    if (focused) this.box.querySelector(`[data-field="${CSS.escape(focused)}"]`)?.focus();
  }

  joins() {
    const control = element('select', { class: 'form-select', 'aria-label': word('以上条件'), 'data-field': 'condition.join' });
    fillSelect(control, { value: this.condition.join, options: [{ value: 'and', label: word('全部成立') }, { value: 'or', label: word('任一成立') }] });
    control.addEventListener('change', () => {
      this.condition.join = control.value;
      this.changed();
    });
    return element('div', { class: 'hq-condition-join' }, element('span', {}, word('以上条件')), control);
  }

  row(each, index) {
    const about = this.about(each.left);
    const key = (name) => `condition.${index}.${name}`;
    const left = element('select', { class: 'form-select', 'aria-label': word('字段'), 'data-field': key('left') });
    fillSelect(left, { value: each.left, empty: word('选择字段…'), options: this.names.map(({ name, title, group }) => ({ value: name, label: title === name ? name : `${title}`, group })) });
    left.addEventListener('change', () => {
      const chosen = this.about(left.value);
      this.update(index, { left: left.value, operator: operatorsFor(chosen)[0], values: [] });
    });
    const operator = element('select', { class: 'form-select', 'aria-label': word('比较'), 'data-field': key('operator') });
    const possible = [...new Set([...operatorsFor(about), each.operator])];
    fillSelect(operator, { value: each.operator, options: possible.map((value) => ({ value, label: labelOf(value, about) })) });
    operator.addEventListener('change', () => {
      const single = !['in', 'not in'].includes(operator.value);
      this.update(index, { operator: operator.value, values: single ? (each.values ?? []).slice(0, 1) : (each.values ?? []) });
    });
    const remove = element('button', { type: 'button', class: 'btn btn-ghost btn-icon hq-condition-remove', 'aria-label': word('删去这个条件'), title: word('删去这个条件') }, '×');
    remove.addEventListener('click', () => {
      this.condition.rows.splice(index, 1);
      this.draw();
      this.source = writeCondition(this.condition);
      this.onChange(this.source);
    });
    return element('div', { class: 'hq-condition-row' }, left, operator, ...this.valueControls(each, index, about, key), remove);
  }

  valueControls(each, index, about, key) {
    if (['filled', 'empty'].includes(each.operator)) return [];
    const [first] = each.values ?? [];
    if (['in', 'not in'].includes(each.operator)) return [this.several(each, index, about, key)];
    const byName = first?.kind === 'name';
    if (about.choices.length && !byName) {
      const control = element('select', { class: 'form-select', 'aria-label': word('值'), 'data-field': key('value') });
      fillSelect(control, { value: first?.value ?? '', empty: '', options: about.choices });
      control.addEventListener('change', () => this.update(index, { values: [valueOf({ type: about.type === 'integer' ? 'integer' : 'string' }, control.value)] }));
      return [control];
    }
    if (byName) return this.named(first, index, key);
    const control = element('input', { class: 'form-control', 'aria-label': word('值'), 'data-field': key('value'), autocomplete: 'off' });
    if (['number', 'integer'].includes(about.type)) control.inputMode = 'decimal';
    control.value = first?.value ?? '';
    control.addEventListener('change', () => this.update(index, { values: [valueOf(about, control.value.trim())] }));
    const switched = action(word('与另一个字段比'), () => this.update(index, { values: [{ kind: 'name', value: '' }] }), { key: key('by-name') });
    return [control, switched];
  }

  named(first, index, key) {
    const control = element('select', { class: 'form-select', 'aria-label': word('值'), 'data-field': key('value') });
    fillSelect(control, { value: first.value, empty: word('选择字段…'), options: this.names.map(({ name, title, group }) => ({ value: name, label: title, group })) });
    control.addEventListener('change', () => this.update(index, { values: control.value ? [{ kind: 'name', value: control.value }] : [] }));
    return [control];
  }

  several(each, index, about, key) {
    const chosen = (each.values ?? []).map(({ value }) => value);
    if (!about.choices.length) {
      const control = element('input', { class: 'form-control', 'aria-label': `${word('值')}（${word('用逗号分开')}）`, placeholder: word('用逗号分开'), 'data-field': key('value'), autocomplete: 'off' });
      control.value = chosen.join('，');
      control.addEventListener('change', () => this.update(index, { values: control.value.split(/[,，]/).map((text) => text.trim()).filter(Boolean).map((text) => valueOf(about, text)) }));
      return control;
    }
    const boxes = about.choices.map(({ value, label }) => {
      const box = element('input', { type: 'checkbox', class: 'form-check-input', 'data-field': key(`value.${value}`) });
      box.checked = chosen.includes(value);
      box.addEventListener('change', () => {
        const values = about.choices.map((choice) => choice.value).filter((other) => (other === value ? box.checked : chosen.includes(other)));
        this.update(index, { values: values.map((other) => ({ kind: 'text', value: other })) });
      });
      return element('label', { class: 'hq-check' }, box, element('span', {}, label));
    });
    return element('div', { class: 'hq-condition-several' }, ...boxes);
  }
}

// which of the two ways the person prefers, for as long as the page is open
let writes = false;

/** Both ways of saying the condition of `target`, a flow or a gateway's flow. */
export function conditionField(bench, { key, target, id, value, hint, onChange, redraw }) {
  const simple = readCondition(value) !== null;
  const modes = [['choose', '逐项选择'], ['write', '写成表达式']].map(([mode, label]) => {
    const on = (mode === 'write') === (writes || !simple);
    const button = element('button', { type: 'button', class: 'btn btn-sm', 'aria-pressed': String(on), 'data-field': `${key}.${mode}` }, word(label));
    if (mode === 'choose' && !simple) button.disabled = true;
    button.addEventListener('click', () => {
      writes = mode === 'write';
      redraw();
    });
    return button;
  });
  const head = element('div', { class: 'hq-props-modes', role: 'group', 'aria-label': word('怎样填写条件') }, ...modes);
  if (writes || !simple) {
    const written = expressionField(bench, { key, label: word('条件'), hint, value, kind: 'condition', id, onChange });
    return element('div', { id: freshId('condition') }, head, ...(simple ? [] : [note(word('这个条件比较复杂，只能写成表达式'))]), written);
  }
  const says = judgement(bench, 'condition', id);
  const builder = new Builder(bench, target, value, onChange);
  says.judge(value);
  return element('div', {}, head, builder.box, says.line, ...(hint ? [note(hint)] : []));
}
