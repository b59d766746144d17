// Until when a step is to be done, and who is told before and after.
import { addEnglish, word } from '../../words.js';
import { escalationFor, readDue, writeDue } from '../due.js';
import { addReminder, escalateWhenDue, findReminder, momentOf, removeReminder } from '../reminders.js';
import { action, note, part, row, selectField, textField } from '../../panel/controls.js';
import { expressionField } from '../../panel/expression.js';

addEnglish({
  办理时限: 'Due', 期限: 'Due', 不设期限: 'No due time', '工作日（从任务到来算起）': 'Working days from now', '工作小时（从任务到来算起）': 'Working hours from now', 某个日期之后的工作日: 'Working days after a date', '自己写表达式': 'Own expression',
  数量: 'Number', 日期字段: 'Date', 到期时刻: 'Moment', '请填写一个数': 'A number, please', '例如 `min(work_days(3), resolve_by)`': 'for instance `min(work_days(3), resolve_by)`',
  催办与升级: 'Reminder and escalation', 添加到期前提醒: 'Add a reminder', 添加逾期升级: 'Add an escalation', 去掉到期前提醒: 'Remove the reminder', 去掉逾期升级: 'Remove the escalation',
  '在图上画出定时器和服务任务': 'Draws the timer and the service task', '到期前提醒：{moment}': 'Reminder: {moment}', '逾期升级：{moment}': 'Escalation: {moment}', 查看: 'Show',
  '逾期升级：{moment}，与期限不同': 'Escalation: {moment}, not when due', 改为按期限: 'Escalate when due',
  '{number} 个工作日': '{number} working days', '{number} 个工作小时': '{number} working hours', '{field}之后 {number} 个工作日': '{number} working days after {field}',
});

/** Number and unit, or an expression; onChange gets the expression. */
export function momentField(bench, { key, label, value, id, none, onChange }) {
  const due = readDue(value);
  const units = [
    { value: 'work_days', label: word('工作日（从任务到来算起）') },
    { value: 'work_hours', label: word('工作小时（从任务到来算起）') },
    { value: 'after', label: word('某个日期之后的工作日') },
    { value: 'custom', label: word('自己写表达式') },
  ];
  const dates = bench.vocabulary.forms.flatMap((form) => form.fields.filter(({ type }) => type === 'date').map(({ name, title }) => ({ value: name, label: title, group: form.title })));
  const change = (unit) => {
    if (!unit) return onChange('');
    const number = due && due.unit !== 'custom' ? due.number : 2;
    return onChange(writeDue({ unit, number: unit === 'after' ? Math.round(number) : number, field: due?.field ?? dates[0]?.value ?? 'today()' }));
  };
  const chosen = due?.unit ?? '';
  const custom = customs.has(`${id}.${key}`) || chosen === 'custom';
  const select = selectField({
    key: `${key}.unit`, label, value: custom ? 'custom' : chosen, options: units, empty: none,
    onChange: (unit) => {
      if (unit === 'custom') {
        customs.add(`${id}.${key}`);
        return bench.redraw();
      }
      customs.delete(`${id}.${key}`);
      return change(unit);
    },
  });
  if (custom) return [select, expressionField(bench, { key: `${key}.source`, label: word('到期时刻'), hint: word('例如 `min(work_days(3), resolve_by)`'), value, kind: 'due', id, rows: 2, onChange })];
  if (!chosen) return [select];
  const number = textField({
    key: `${key}.number`, label: word('数量'), value: String(due.number),
    check: (text) => (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0 ? undefined : word('请填写一个数')),
    onChange: (text) => onChange(writeDue({ ...due, number: Number(text) })),
  });
  if (chosen !== 'after') return [select, number];
  const field = selectField({ key: `${key}.field`, label: word('日期字段'), value: due.field, options: dates, empty: null, onChange: (name) => onChange(writeDue({ ...due, field: name })) });
  return [select, field, number];
}
// where the person has asked for an expression although the value is simple
const customs = new Set();

export function duePart(bench, element) {
  const due = bench.edits.property(element, 'due');
  const set = (value) => bench.edits.setProperties(element, { due: value });
  return part(
    word('办理时限'),
    bench.guide('property', 'due'),
    ...momentField(bench, { key: 'due', label: word('期限'), value: due, id: element.id, none: word('不设期限'), onChange: set }),
    row(note(word('催办与升级'), 'hq-label')),
    ...reminderRows(bench, element, 'remind', { add: '添加到期前提醒', remove: '去掉到期前提醒', says: () => '到期前提醒：{moment}' }),
    ...reminderRows(bench, element, 'escalate', { add: '添加逾期升级', remove: '去掉逾期升级', says: (source) => (differs(due, source) ? '逾期升级：{moment}，与期限不同' : '逾期升级：{moment}') }),
  );
}

const differs = (due, source) => Boolean(due) && escalationFor(due).replace(/\s/g, '') !== source.replace(/\s/g, '');

function reminderRows(bench, element, operation, { add, remove, says }) {
  const found = findReminder(bench.edits, element, operation);
  if (!found) return [row(action(word(add), () => addReminder(bench, element, operation), { key: operation, title: word('在图上画出定时器和服务任务') }))];
  const source = momentOf(found.definition);
  const buttons = [
    action(word('查看'), () => bench.select(found.timer.id), { key: `${operation}.show` }),
    action(word(remove), () => removeReminder(bench, found), { key: operation }),
  ];
  if (operation === 'escalate' && differs(bench.edits.property(element, 'due'), source)) {
    buttons.unshift(action(word('改为按期限'), () => escalateWhenDue(bench, element, found), { key: 'escalate.due' }));
  }
  return [note(word(says(source), { moment: momentInWords(bench, source) })), row(...buttons)];
}

/** A moment as people say it; what is no number and unit as it is written. */
function momentInWords(bench, source) {
  const due = readDue(source);
  if (!due) return '';
  const { unit, number, field } = due;
  if (unit === 'custom') return `\`${source}\``;
  if (unit === 'work_hours') return word('{number} 个工作小时', { number });
  if (unit === 'work_days') return word('{number} 个工作日', { number });
  const title = bench.vocabulary.forms.flatMap((form) => form.fields).find(({ name }) => name === field)?.title ?? field;
  return word('{field}之后 {number} 个工作日', { field: title, number });
}
