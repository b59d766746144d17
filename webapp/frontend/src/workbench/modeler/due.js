// When a step is due, as a number and a unit: `work_days(2)`. What is not that simple is an expression of its own.
const NUMBER = String.raw`(\d+(?:\.\d+)?)`;
const SIMPLE = [
  ['work_days', new RegExp(String.raw`^work_days\(\s*${NUMBER}\s*\)$`)],
  ['work_hours', new RegExp(String.raw`^work_hours\(\s*${NUMBER}\s*\)$`)],
];
const AFTER = new RegExp(String.raw`^work_days_after\(\s*([\p{L}_][\w.]*)\s*,\s*(\d+)\s*\)$`, 'u');

/** `{unit: 'work_days' | 'work_hours' | 'after', number, field}`, or `{unit: 'custom', source}`; null where nothing is said. */
export function readDue(source) {
  const text = source.trim();
  if (!text) return null;
  for (const [unit, pattern] of SIMPLE) {
    const match = pattern.exec(text);
    if (match) return { unit, number: Number(match[1]) };
  }
  const after = AFTER.exec(text);
  if (after) return { unit: 'after', field: after[1], number: Number(after[2]) };
  return { unit: 'custom', source: text };
}

export function writeDue(due) {
  if (!due) return '';
  if (due.unit === 'custom') return due.source;
  if (due.unit === 'after') return due.field ? `work_days_after(${due.field}, ${due.number})` : '';
  return `${due.unit}(${due.number})`;
}

/** When to remind somebody of what is due: a working day before, or at half of what is shorter. */
export function reminderFor(source) {
  const due = readDue(source);
  if (!due) return 'work_days(1)';
  if (due.unit === 'work_days') return due.number > 1 ? `work_days(${due.number - 1})` : `work_hours(${due.number * 4})`;
  if (due.unit === 'work_hours') return `work_hours(${due.number / 2})`;
  if (due.unit === 'after' && due.number > 1) return `work_days_after(${due.field}, ${due.number - 1})`;
  return `before(${writeDue(due)}, 4)`;
}

/** When to tell the superior: when it is due. */
export const escalationFor = (source) => source.trim() || 'work_days(3)';
