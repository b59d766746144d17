// The properties of what is chosen: a field, a column of rows, a section, or the whole form.
import { element } from '../../lib/dom.js';
import { action, fold, note, part, row, selectField, textField, tick } from '../panel/controls.js';
import { addEnglish, word } from '../words.js';
import { columnsOf, fieldOf, isRequired, moveSection, placeOf, removeSection, setField, setPart, setRequired, setWidth } from './document.js';
import { KINDS, isName, kindOf } from './kinds.js';
import { columnsPart, columnPanel, itemsPart } from './columns.js';
import { choicesPart, limitsPart, lookupPart, messagesPart, reckoningPart } from './field-parts.js';
import { usesLine } from './uses.js';

addEnglish({
  表单: 'Form', 表单名称: 'Name of the form', 字段: 'Field', 标题: 'Title', 人们看到的名称: 'What people call it', 英文名: 'English name', '条件和决策表里用它；只用英文字母、数字和下划线': 'Conditions and tables use it; letters, digits and _ only', 提示: 'Hint', 写在字段下面: 'Stands below the field',
  必须填写: 'Has to be filled in', 宽度: 'Width', '四分之一': 'a quarter', 三分之一: 'a third', 一半: 'half', 三分之二: 'two thirds', 整行: 'the whole line', '{width} 栏（共 12 栏）': '{width} of 12 columns', 单位: 'Unit', '写在后面，如 元、人': 'Stands behind it, as 元',
  往前: 'Up', 往后: 'Down', 删除字段: 'Remove the field', 复制: 'Copy', 一节: 'Section', '先折起来，需要时展开': 'Folded until it is needed', 只在选了这些时显示: 'Only shown for these answers', '哪个字段': 'Which field', 总是显示: 'Always shown', 删除这一节: 'Remove the section', '里面的字段并到相邻的一节': 'Its fields go to the section beside it',
  '这种字段要在“源文件”里修改': 'Such a field is changed in the source', '这个名称不能用：只用英文字母、数字和下划线，以字母开头，不能是 typename、outcome、comment': 'This name is not possible: letters, digits and _, beginning with a letter, and not typename, outcome, comment', '已有叫这个名称的字段': 'There is a field of this name already',
  '用在 {count} 处，改名会一起改': 'Used in {count} places; they follow a new name', '没有改名：{reason}': 'Not renamed: {reason}', 选项: 'Answers', '点一个字段来修改它': 'Press a field to change it', 竖排单选: 'Radio buttons', 下拉: 'List',
});

const WIDTHS = [
  [3, '四分之一'],
  [4, '三分之一'],
  [6, '一半'],
  [8, '三分之二'],
  [12, '整行'],
];

export class Panel {
  constructor(designer, place) {
    Object.assign(this, { designer, place });
    place.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      designer.canvas.mark({ focus: true });
    });
  }

  guide(kind, name) {
    return `${this.designer.config.help}${kind}-${name.replaceAll('_', '-')}`;
  }

  focus() {
    (this.place.querySelector('input, select, textarea') ?? this.place).focus();
  }

  draw() {
    const { activeElement } = document;
    const key = this.place.contains(activeElement) ? activeElement.dataset.field : null;
    const { selected, form } = this.designer;
    const parts = !selected
      ? this.#form()
      : selected.column
        ? columnPanel(this, selected)
        : selected.field && fieldOf(form, selected.field)
          ? this.#field(selected.field)
          : this.#section(selected.section ?? 0);
    this.place.replaceChildren(...parts.filter(Boolean));
    if (key) this.place.querySelector(`[data-field="${CSS.escape(key)}"]`)?.focus();
  }

  #form() {
    const { designer } = this;
    return [
      element('h2', { class: 'hq-props-title' }, word('表单')),
      note(word('点一个字段来修改它')),
      part(word('表单'), '', textField({ key: 'form.title', label: word('表单名称'), value: designer.form.title, onChange: (value) => value && designer.change(setPart(designer.form, (form) => form, 'title', value)) })),
    ];
  }

  #section(index) {
    const { designer } = this;
    const section = designer.form.layout[index];
    if (!section) return this.#form();
    const set = (key, value) => designer.change(setPart(designer.form, (form) => form.layout[index], key, value));
    const move = (step) => {
      designer.selected = { section: index + step };
      designer.change(moveSection(designer.form, index, step));
    };
    return [
      element('h2', { class: 'hq-props-title' }, word('一节')),
      part(
        word('一节'), '',
        textField({ key: 'section.title', label: word('标题'), value: section.title ?? '', onChange: (value) => set('title', value) }),
        tick({ key: 'section.folded', label: word('先折起来，需要时展开'), value: section.folded === true, onChange: (on) => set('folded', on || null) }),
        ...this.#shownFor(section, set),
        row(action(word('往前'), () => move(-1), { key: 'section.up' }), action(word('往后'), () => move(1), { key: 'section.down' })),
      ),
      designer.form.layout.length > 1 && element('div', {}, action(word('删除这一节'), () => designer.change(removeSection(designer.form, index)), { key: 'section.remove' }), note(word('里面的字段并到相邻的一节'))),
    ];
  }

  /** A section can wait for the answer to a choice. */
  #shownFor(section, set) {
    const { form } = this.designer;
    const asked = Object.keys(section.shown_for ?? {})[0] ?? '';
    const fields = Object.entries(form.schema.properties).filter(([, field]) => field.enum || field.type === 'boolean');
    const options = fields.map(([value, field]) => ({ value, label: field.title ?? value }));
    const found = [selectField({ key: 'section.field', label: word('只在选了这些时显示'), value: asked, options, empty: word('总是显示'), onChange: (name) => set('shown_for', name ? { [name]: [...(fieldOf(form, name).enum ?? [true])].slice(0, 1).map(String) } : null) })];
    const field = asked && fieldOf(form, asked);
    for (const value of field ? (field.enum ?? [true, false]) : []) {
      const on = section.shown_for[asked].map(String).includes(String(value));
      const chosen = (checked) => (field.enum ?? [true, false]).filter((each) => (each === value ? checked : section.shown_for[asked].map(String).includes(String(each)))).map(String);
      found.push(tick({ key: `section.for.${value}`, label: field['x-labels']?.[value] ?? String(value), value: on, onChange: (checked) => set('shown_for', { ...section.shown_for, [asked]: chosen(checked) }) }));
    }
    return found;
  }

  #field(name) {
    const { designer } = this;
    const field = fieldOf(designer.form, name);
    const kind = kindOf(field);
    const set = (key, value) => designer.change(setField(designer.form, name, key, value));
    const target = { path: name, name, field, kind, set, taken: Object.keys(designer.form.schema.properties) };
    return [
      element('h2', { class: 'hq-props-title' }, `${KINDS[kind] ? word(KINDS[kind].title) : word('字段')}`),
      part(word('字段'), this.guide('widget', kind), ...this.basics(target), this.#width(name)),
      ...this.details(target),
      kind === 'rows' && columnsPart(this, name),
      kind === 'amounts' && itemsPart(this, name),
      this.#foot(name),
    ];
  }

  /** Title, name, hint and whether it is required: of fields and columns alike. */
  basics({ path, name, field, set }) {
    const { designer } = this;
    const computed = 'x-compute' in field;
    return [
      textField({ key: 'title', label: word('标题'), hint: word('人们看到的名称'), value: field.title ?? '', onChange: (value) => value && set('title', value) }),
      this.#name(path, name),
      usesLine(designer, path),
      textField({ key: 'description', label: word('提示'), hint: word('写在字段下面'), value: field.description ?? '', onChange: (value) => set('description', value) }),
      !computed && !field.readOnly && tick({ key: 'required', label: word('必须填写'), value: isRequired(designer.form, path), onChange: (on) => designer.change(setRequired(designer.form, path, on)) }),
    ];
  }

  details(target) {
    const known = target.kind !== 'other';
    return [!known && note(word('这种字段要在“源文件”里修改')), known && choicesPart(this, target), known && lookupPart(this, target), known && limitsPart(this, target), known && reckoningPart(this, target), known && messagesPart(this, target)];
  }

  #width(name) {
    const { designer } = this;
    const at = placeOf(designer.form, name);
    if (!at) return null;
    const options = WIDTHS.map(([value, label]) => ({ value: String(value), label: word(label) }));
    if (!WIDTHS.some(([value]) => value === at.width)) options.push({ value: String(at.width), label: word('{width} 栏（共 12 栏）', { width: at.width }) });
    return selectField({ key: 'width', label: word('宽度'), value: String(at.width), options, empty: null, onChange: (value) => designer.change(setWidth(designer.form, name, Number(value))) });
  }

  /** A field's name is what conditions and tables call it: the server changes it everywhere, as one revision. */
  #name(path, name) {
    const { designer } = this;
    const owner = path.includes('/') ? columnsOf(fieldOf(designer.form, path.split('/')[0])) : designer.form.schema.properties;
    const check = (typed) => {
      if (!isName(typed)) return word('这个名称不能用：只用英文字母、数字和下划线，以字母开头，不能是 typename、outcome、comment');
      return typed in owner ? word('已有叫这个名称的字段') : undefined;
    };
    return textField({ key: 'name', label: word('英文名'), hint: word('条件和决策表里用它；只用英文字母、数字和下划线'), value: name, code: true, check, onChange: (typed) => designer.rename(path, typed) });
  }

  #foot(name) {
    const { designer } = this;
    const buttons = [
      action(word('往前'), () => designer.step(name, -1), { key: 'up' }),
      action(word('往后'), () => designer.step(name, 1), { key: 'down' }),
      action(word('复制'), () => designer.copy(name), { key: 'copy' }),
      action(word('删除字段'), () => designer.remove(name), { key: 'remove' }),
    ];
    return element('div', { class: 'hq-props-foot' }, row(...buttons));
  }
}

export { fold };
