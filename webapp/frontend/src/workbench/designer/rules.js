// What refuses a form although every field is right, and what is known beside it while it is filled in.
import { element } from '../../lib/dom.js';
import { action, note, selectField, textField, ticks } from '../panel/controls.js';
import { expressionField } from '../panel/expression.js';
import { addEnglish, word } from '../words.js';
import { columnsOf, setPart } from './document.js';

addEnglish({
  规则: 'Rules', '提交时逐条检查；条件成立就拒绝，并在字段旁写出这句话。': 'Looked at when the form is sent: where a condition holds, the form is refused with the sentence beside the field.', 什么时候拒绝: 'Refused when', '如 `date < today()`；明细表的规则逐行看': 'As `date < today()`; a rule about rows looks at each row', 对填表人说: 'What is said', 写在哪个字段旁: 'Beside the field', 加一条规则: 'Add a rule', 删除这条规则: 'Remove the rule', '请写明要怎样改': 'Please say what is to be changed',
  填写时给出的资料: 'Known beside the form', '填写的人在表单旁看到这些，规则也能用其中的数': 'Whoever fills it in sees these beside the form, and rules may read their figures', 还没有规则: 'There is no rule yet',
});

export function drawRules(designer, place) {
  const { form, config, vocabulary } = designer;
  const bench = { config, vocabulary };
  const rules = form.rules ?? [];
  // of the form as it is by then: what was typed last is kept at the press of the next button
  const put = (change) => designer.change(setPart(designer.form, (copy) => copy, 'rules', change(designer.form.rules ?? [])));
  const fields = Object.entries(form.schema.properties).flatMap(([name, field]) => [
    { value: name, label: field.title ?? name },
    ...Object.entries(columnsOf(field)).map(([column, about]) => ({ value: `${name}/${column}`, label: `${field.title ?? name} · ${about.title ?? column}` })),
  ]);
  const known = vocabulary.knowledge.map((each) => ({ value: each.name, label: each.title }));
  const key = document.activeElement?.dataset?.field;
  const line = (rule, index) => {
    const set = (part, value) => put((now) => now.with(index, { ...now[index], [part]: value }));
    return element(
      'div', { class: 'hq-props-item' },
      expressionField(bench, { key: `rule.${index}.when`, label: word('什么时候拒绝'), hint: word('如 `date < today()`；明细表的规则逐行看'), value: rule.when, kind: 'condition', rows: 1, onChange: (value) => value && set('when', value) }),
      textField({ key: `rule.${index}.message`, label: word('对填表人说'), value: rule.message, check: (typed) => (typed ? undefined : word('请写明要怎样改')), onChange: (value) => set('message', value) }),
      selectField({ key: `rule.${index}.field`, label: word('写在哪个字段旁'), value: rule.field, options: fields, empty: null, onChange: (value) => set('field', value) }),
      action(word('删除这条规则'), () => put((now) => now.toSpliced(index, 1)), { key: `rule.${index}.remove` }),
    );
  };
  const add = () => put((now) => [...now, { field: fields[0].value, when: 'False', message: word('请写明要怎样改') }]);
  place.replaceChildren(
    element(
      'div', { class: 'hq-props hq-designer-rules' },
      element('h2', { class: 'hq-props-title' }, word('规则')),
      note(word('提交时逐条检查；条件成立就拒绝，并在字段旁写出这句话。')),
      ...(rules.length ? rules.map(line) : [note(word('还没有规则'))]),
      fields.length ? action(word('加一条规则'), add, { key: 'rule.add', primary: true }) : '',
      ticks({ key: 'knows', label: word('填写时给出的资料'), hint: word('填写的人在表单旁看到这些，规则也能用其中的数'), options: known, values: form.knows ?? [], onChange: (values) => designer.change(setPart(designer.form, (copy) => copy, 'knows', values)) }),
    ),
  );
  if (key) place.querySelector(`[data-field="${CSS.escape(key)}"]`)?.focus();
}
