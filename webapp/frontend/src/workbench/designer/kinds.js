// The kinds of fields there are: what each is called, what a new one begins with, and how one is recognised.
import { addEnglish } from '../words.js';

addEnglish({
  单行文本: 'Text', 多行文本: 'Long text', 数字: 'Number', 整数: 'Whole number', 金额: 'Amount', 日期: 'Date', 时间: 'Time', 是或否: 'Yes or no', 单选: 'One of a few', 下拉选择: 'One of a list',
  多选: 'Several', 名单: 'List, one a line', 查台账: 'Look-up', 费用明细: 'Amounts by item', 明细表: 'Rows', 附件: 'Files', 其他: 'Other', 选项一: 'First', 选项二: 'Second', 文字: 'Texts', 数与日期: 'Numbers and dates', 选择: 'Choices', 成组: 'Groups',
  项目: 'Item', 数量: 'Quantity', 费用: 'Cost',
});

const money = { type: 'number', minimum: 0, maximum: 100000000, multipleOf: 0.01 };
const choices = { enum: ['a', 'b'], 'x-labels': { a: '选项一', b: '选项二' } };

/** By kind: title, group, English stem of a new name, the field that is made, and whether a row may have such a column. */
export const KINDS = {
  text: { title: '单行文本', group: '文字', stem: 'text', made: { type: 'string', maxLength: 100 }, inRows: true },
  textarea: { title: '多行文本', group: '文字', stem: 'note', made: { type: 'string', maxLength: 1000, 'x-widget': 'textarea' }, inRows: true, width: 12 },
  lines: { title: '名单', group: '文字', stem: 'names', made: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 40 }, maxItems: 60, 'x-widget': 'lines' } },
  money: { title: '金额', group: '数与日期', stem: 'amount', made: { ...money, 'x-unit': '元' }, inRows: true },
  integer: { title: '整数', group: '数与日期', stem: 'count', made: { type: 'integer', minimum: 0, maximum: 1000000 }, inRows: true },
  number: { title: '数字', group: '数与日期', stem: 'number', made: { type: 'number' }, inRows: true },
  date: { title: '日期', group: '数与日期', stem: 'date', made: { type: 'string', format: 'date' }, inRows: true },
  time: { title: '时间', group: '数与日期', stem: 'time', made: { type: 'string', format: 'time' }, inRows: true },
  choice: { title: '单选', group: '选择', stem: 'choice', made: { type: 'string', ...choices, 'x-widget': 'choice' }, inRows: true },
  select: { title: '下拉选择', group: '选择', stem: 'kind', made: { type: 'string', ...choices }, inRows: true },
  several: { title: '多选', group: '选择', stem: 'kinds', made: { type: 'array', items: { type: 'string', ...choices }, uniqueItems: true } },
  boolean: { title: '是或否', group: '选择', stem: 'agreed', made: { type: 'boolean' }, inRows: true },
  lookup: { title: '查台账', group: '选择', stem: 'customer', made: { type: 'string', maxLength: 40, 'x-widget': 'lookup', 'x-source': 'customers' }, inRows: true },
  amounts: { title: '费用明细', group: '成组', stem: 'costs', width: 12, made: { type: 'object', additionalProperties: false, 'x-widget': 'amounts', properties: { other: { ...money, title: '其他' } } } },
  rows: { title: '明细表', group: '成组', stem: 'lines', width: 12, made: { type: 'array', minItems: 1, maxItems: 50, 'x-widget': 'rows', items: { type: 'object', additionalProperties: false, required: ['item'], properties: { item: { type: 'string', title: '项目', maxLength: 100, 'x-width': 6 }, quantity: { type: 'integer', title: '数量', minimum: 1, 'x-width': 2 } } } } },
  files: { title: '附件', group: '成组', stem: 'files', width: 12, made: { type: 'array', items: { type: 'string', maxLength: 36 }, maxItems: 10, 'x-widget': 'files' } },
};

export const GROUPS = ['文字', '数与日期', '选择', '成组'];

/** The kind of a field as its file says it; `other` for what only the file itself can change. */
export function kindOf(field) {
  const widget = field['x-widget'];
  if (widget && widget !== 'text' && widget !== 'check') return widget in KINDS ? widget : 'other';
  if (field.type === 'array') return field.items?.properties ? 'rows' : field.items?.enum ? 'several' : 'other';
  if (field.enum) return 'select';
  if (field.type === 'boolean') return 'boolean';
  if (field.type === 'integer') return 'integer';
  if (field.type === 'number') return field.multipleOf === 0.01 ? 'money' : 'number';
  if (field.format === 'date' || field.format === 'time') return field.format;
  return field.type === 'string' ? 'text' : 'other';
}

/** A name of the stem that is not taken yet. */
export function freshName(stem, taken) {
  if (!taken.has(stem)) return stem;
  let number = 2;
  while (taken.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

export const NAME = /^[a-zA-Z][A-Za-z0-9_]{0,59}$/;
const RESERVED = new Set(['typename', 'outcome', 'comment', '__proto__', 'constructor', 'prototype']);
export const isName = (name) => NAME.test(name) && !RESERVED.has(name);
