// What may be named in a condition: the fields of the forms with their choices, results of steps, and all other names.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../../words.js';

addEnglish({ 同意: 'Approve', 驳回: 'Reject', 提交: 'Submit', 弃权: 'Abstain', 办理结果: 'Result of the step', 其他名称: 'Other names', 是: 'yes', 否: 'no' });

export const OWN_OUTCOMES = ['submit', 'approve', 'reject', 'abstain'];
const OUTCOME_WORDS = { submit: '提交', approve: '同意', reject: '驳回', abstain: '弃权' };

export function outcomeLabel(config, outcome) {
  if (OUTCOME_WORDS[outcome]) return word(OUTCOME_WORDS[outcome]);
  return config.outcomes[outcome] ?? outcome;
}

export const listOf = (text) => text.split(',').map((each) => each.trim()).filter(Boolean);

/** The outcomes of the steps from which the flow comes, as far back as the nearest step on every way. */
export function outcomesBefore(edits, element) {
  const found = new Set();
  const seen = new Set();
  const waiting = [element.source ?? element];
  while (waiting.length) {
    const each = waiting.pop();
    if (!each || seen.has(each)) continue;
    seen.add(each);
    if (is(each, 'bpmn:UserTask')) for (const outcome of listOf(edits.property(each, 'outcomes'))) found.add(outcome);
    else for (const flow of each.incoming ?? []) waiting.push(flow.source);
  }
  return [...found];
}

/** The names that a builder offers: {name, title, group, type, choices}, fields first. */
export function namesFor(bench, element) {
  const { vocabulary, config, edits } = bench;
  const outcomes = outcomesBefore(edits, element).map((value) => ({ value, label: outcomeLabel(config, value) }));
  const found = new Map();
  if (outcomes.length) found.set('outcome', { name: 'outcome', title: word('办理结果'), group: word('办理结果'), type: 'string', choices: outcomes });
  for (const form of vocabulary.forms) {
    for (const field of form.fields) {
      if (found.has(field.name) || field.columns) continue;
      const truth = field.type === 'boolean';
      const choices = truth ? [] : (field.choices ?? []).map(({ value, label }) => ({ value: String(value), label }));
      found.set(field.name, { name: field.name, title: field.title, group: form.title, type: field.type, choices });
    }
  }
  for (const { name, title } of vocabulary.names) {
    if (!found.has(name)) found.set(name, { name, title: title || name, group: word('其他名称'), type: '', choices: [] });
  }
  return [...found.values()];
}

/** The fields of the forms that a step shows, to be ticked. */
export function fieldsOf(bench, forms) {
  return bench.vocabulary.forms.filter((form) => forms.includes(form.name)).flatMap((form) => form.fields.map(({ name, title }) => ({ value: name, label: title })));
}

/** How an element is called in a sentence: its name, else its id. */
export const titleOf = (element) => getBusinessObject(element).name || getBusinessObject(element).id;
