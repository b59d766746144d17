// Parts of the properties that a field and a column share: limits, choices, look-up, what it begins with, own messages.
import { element } from '../../lib/dom.js';
import { action, fold, note, row, selectField, textField } from '../panel/controls.js';
import { expressionField } from '../panel/expression.js';
import { addEnglish, word } from '../words.js';
import { setRequired } from './document.js';

addEnglish({
  限制: 'Limits', 最少字数: 'At least (characters)', 最多字数: 'At most (characters)', 最小: 'At least', 最大: 'At most', 最少几项: 'At least (entries)', 最多几项: 'At most (entries)', 写法: 'Pattern', '手机号 11 位数字': 'Mobile number of 11 digits', 邮箱: 'E-mail address', 六位邮编: 'Postcode of six digits', 不限: 'Any', '请填写数字': 'Please enter a number',
  选项: 'Answers', 代码: 'Code', 显示为: 'Shown as', 加一个选项: 'Add an answer', 去掉: 'Remove', 显示方式: 'Shown as', 下拉列表: 'a list', 单选按钮: 'radio buttons', '代码不能重复，也不能空着': 'Codes are different and not empty',
  查哪个台账: 'Which register', 选中后带出: 'Filled from the entry', '把台账里的内容填进别的字段': 'Fills other fields with what the register says', 不带出: 'Nothing', 默认值与计算: 'Beginning and reckoning', 打开时填上: 'Begins with', '写成算式，如 `today()` 或 `starter_name`': 'An expression, as `today()` or `starter_name`', 自动计算: 'Reckoned', '写了算式就不能手工填写，如 `price * quantity`': 'With an expression nobody can type into it, as `price * quantity`',
  只读: 'Only shown', 自己的提示语: 'Own messages', 没有填时: 'When it is missing', 不合规则时: 'When it is not right', 留空就用系统的话: 'Empty: the words of the system', 单位: 'Unit', '写在后面，如 元、人': 'Stands behind it, as 元',
});

const PATTERNS = { '^1[0-9]{10}$': '手机号 11 位数字', '^[0-9]{6}$': '六位邮编' };

function numberField({ key, label, value, onChange, whole = true }) {
  const check = (typed) => (typed && !(whole ? /^\d{1,9}$/ : /^-?\d{1,12}(\.\d{1,6})?$/).test(typed) ? word('请填写数字') : undefined);
  return textField({ key, label: word(label), value: value === undefined ? '' : String(value), check, onChange: (typed) => onChange(typed === '' ? null : Number(typed)) });
}

export function limitsPart(panel, { field, kind, set }) {
  const of = (key, label, whole) => numberField({ key, label, value: field[key], whole, onChange: (value) => set(key, value) });
  const fields = [];
  if (['text', 'textarea'].includes(kind)) fields.push(row(of('minLength', '最少字数'), of('maxLength', '最多字数')));
  if (kind === 'text') {
    const options = Object.entries(PATTERNS).map(([value, label]) => ({ value, label: word(label) }));
    fields.push(selectField({ key: 'pattern', label: word('写法'), value: field.format === 'email' ? 'email' : (field.pattern ?? ''), options: [...options, { value: 'email', label: word('邮箱') }], empty: word('不限'), onChange: (value) => (value === 'email' ? set('format', 'email') : set('pattern', value)) }));
  }
  if (['money', 'number', 'integer'].includes(kind)) fields.push(row(of('minimum', '最小', kind === 'integer'), of('maximum', '最大', kind === 'integer')), textField({ key: 'unit', label: word('单位'), hint: word('写在后面，如 元、人'), value: field['x-unit'] ?? '', onChange: (value) => set('x-unit', value) }));
  if (['lines', 'rows', 'files', 'several'].includes(kind)) fields.push(row(of('minItems', '最少几项'), of('maxItems', '最多几项')));
  return fields.length ? fold(word('限制'), panel.guide('widget', kind), true, ...fields) : null;
}

export function choicesPart(panel, { field, kind, set }) {
  if (!['choice', 'select', 'several'].includes(kind)) return null;
  const owner = kind === 'several' ? field.items : field;
  const entries = (owner.enum ?? []).map((value) => [value, owner['x-labels']?.[value] ?? String(value)]);
  const put = (next) => {
    const labels = Object.fromEntries(next.map(([value, label]) => [value, label || String(value)]));
    const parts = { enum: next.map(([value]) => value), 'x-labels': labels };
    if (kind === 'several') set('items', { ...field.items, ...parts });
    else panel.designer.change({ ...panel.designer.form, schema: replaced(panel.designer, parts) });
  };
  const check = (typed, index) => (!typed || entries.some(([value], other) => other !== index && String(value) === typed) ? word('代码不能重复，也不能空着') : undefined);
  const lines = entries.map(([value, label], index) =>
    element(
      'div', { class: 'hq-props-item' },
      row(
        textField({ key: `choice.${index}.label`, label: word('显示为'), value: label, onChange: (typed) => put(entries.with(index, [value, typed])) }),
        textField({ key: `choice.${index}.value`, label: word('代码'), value: String(value), code: true, check: (typed) => check(typed, index), onChange: (typed) => put(entries.with(index, [typed, label])) }),
      ),
      entries.length > 1 && action(word('去掉'), () => put(entries.toSpliced(index, 1)), { key: `choice.${index}.remove` }),
    ),
  );
  const fresh = () => String.fromCharCode(97 + [...Array(26).keys()].find((each) => !entries.some(([value]) => value === String.fromCharCode(97 + each))));
  const shown = kind !== 'several' && selectField({ key: 'shown', label: word('显示方式'), value: kind, empty: null, options: [{ value: 'select', label: word('下拉列表') }, { value: 'choice', label: word('单选按钮') }], onChange: (value) => set('x-widget', value === 'choice' ? 'choice' : null) });
  const add = entries.length < 26 && action(word('加一个选项'), () => put([...entries, [fresh(), word('选项') + (entries.length + 1)]]), { key: 'choice.add' });
  return fold(word('选项'), panel.guide('widget', kind === 'choice' ? 'choice' : 'select'), true, shown, ...lines, add);
}

/** Two parts of a field at once are one change. */
function replaced(designer, parts) {
  const schema = structuredClone(designer.form.schema);
  const { field, column } = designer.selected;
  Object.assign(column ? schema.properties[field].items.properties[column] : schema.properties[field], parts);
  return schema;
}

export function lookupPart(panel, { field, kind, set, taken, name }) {
  if (kind !== 'lookup') return null;
  const { sources } = panel.designer.vocabulary;
  const source = sources.find((each) => each.name === field['x-source']);
  const fills = field['x-fills'] ?? {};
  const others = taken.filter((each) => each !== name).map((each) => ({ value: each, label: panel.designer.titleOf(each) }));
  const target = (entry) => Object.keys(fills).find((key) => fills[key] === entry) ?? '';
  const choose = (entry, into) => set('x-fills', { ...Object.fromEntries(Object.entries(fills).filter(([, value]) => value !== entry)), ...(into && { [into]: entry }) });
  return fold(
    word('查哪个台账'), panel.guide('widget', 'lookup'), true,
    selectField({ key: 'source', label: word('查哪个台账'), value: field['x-source'], empty: null, options: sources.map((each) => ({ value: each.name, label: each.title })), onChange: (value) => set('x-source', value) }),
    source?.entries?.length ? note(word('把台账里的内容填进别的字段')) : null,
    ...(source?.entries ?? []).map((entry) => selectField({ key: `fills.${entry.name}`, label: `${word('选中后带出')}：${entry.title}`, value: target(entry.name), empty: word('不带出'), options: others, onChange: (into) => choose(entry.name, into) })),
  );
}

export function reckoningPart(panel, { path, field, kind, set }) {
  if (['rows', 'amounts', 'files'].includes(kind)) return null;
  const { designer } = panel;
  const bench = { config: designer.config, vocabulary: designer.vocabulary };
  const compute = (value) => {
    const form = setRequired(designer.form, path, value ? false : (designer.form.schema.required ?? []).includes(path));
    const schema = structuredClone(form.schema);
    const [name, column] = path.split('/');
    const target = column ? schema.properties[name].items.properties[column] : schema.properties[name];
    if (value) Object.assign(target, { readOnly: true, 'x-compute': value });
    else {
      delete target.readOnly;
      delete target['x-compute'];
    }
    designer.change({ ...form, schema });
  };
  return fold(
    word('默认值与计算'), panel.guide('widget', 'text'), Boolean(field['x-default'] || field['x-compute']),
    expressionField(bench, { key: 'default', label: word('打开时填上'), hint: word('写成算式，如 `today()` 或 `starter_name`'), value: field['x-default'] ?? '', rows: 1, onChange: (value) => set('x-default', value) }),
    expressionField(bench, { key: 'compute', label: word('自动计算'), hint: word('写了算式就不能手工填写，如 `price * quantity`'), value: field['x-compute'] ?? '', rows: 1, onChange: compute }),
  );
}

export function messagesPart(panel, { field, set }) {
  const messages = field['x-messages'] ?? {};
  const own = (rule, label) => textField({ key: `message.${rule}`, label: word(label), value: messages[rule] ?? '', onChange: (text) => set('x-messages', Object.fromEntries(Object.entries({ ...messages, [rule]: text }).filter(([, said]) => said))) });
  const others = Object.keys(messages).filter((rule) => rule !== 'required');
  return fold(word('自己的提示语'), '', false, note(word('留空就用系统的话')), own('required', '没有填时'), ...others.map((rule) => own(rule, '不合规则时')));
}
