// How a step can end: filled in, approved or rejected, or results of the process's own with names that people read.
import { element as node } from '../../../lib/dom.js';
import { addEnglish, word } from '../../words.js';
import { freshName } from '../ids.js';
import { action, note, part, row, selectField, textField } from '../../panel/controls.js';
import { listOf, outcomeLabel, OWN_OUTCOMES } from './names.js';

addEnglish({
  怎样算办完: 'How it ends', 办理方式: 'Kind', 填写并提交: 'Fill in and submit', 同意或驳回: 'Approve or reject', 自定结果: 'Own results', '网关按结果决定往哪里走': 'A gateway decides by the result',
  结果的编号: 'Id of the result', 显示为: 'Shown as', 加一个结果: 'Add a result', 删去: 'Remove', '编号以英文字母开头，只含字母、数字和“_”': 'Letters, digits and _, beginning with a letter', '已有这个结果': 'There is such a result',
  '没有保存：{reason}': 'Not saved: {reason}', 新结果: 'New result',
});

const PRESETS = { submit: '填写并提交', 'approve,reject': '同意或驳回' };
const NAME = /^[A-Za-z]\w*$/;

export function outcomePart(bench, element) {
  const { edits } = bench;
  const outcomes = listOf(edits.property(element, 'outcomes'));
  const joined = outcomes.join(',');
  const preset = PRESETS[joined] ? joined : joined && 'own';
  const write = (list) => edits.setProperties(element, { outcomes: list.join(',') });
  const choose = (value) => {
    if (value !== 'own') return edits.setProperties(element, { outcomes: value });
    return write([...(outcomes.length ? outcomes : ['submit']), freshName('result', (name) => outcomes.includes(name) || name in bench.config.outcomes)]);
  };
  const options = [...Object.entries(PRESETS).map(([value, label]) => ({ value, label: word(label) })), { value: 'own', label: word('自定结果') }];
  const kind = selectField({ key: 'outcomes', label: word('办理方式'), hint: word('网关按结果决定往哪里走'), value: preset, options, onChange: choose });
  return part(word('怎样算办完'), bench.guide('property', 'outcomes'), kind, ...(preset === 'own' ? ownOutcomes(bench, outcomes, write) : []));
}

function ownOutcomes(bench, outcomes, write) {
  const rows = outcomes.map((outcome, index) => {
    const others = outcomes.filter((each) => each !== outcome);
    const id = textField({
      key: `outcome.${index}.id`, label: word('结果的编号'), value: outcome, code: true,
      check: (text) => (NAME.test(text) ? (others.includes(text) ? word('已有这个结果') : undefined) : word('编号以英文字母开头，只含字母、数字和“_”')),
      onChange: (text) => {
        const label = bench.config.outcomes[outcome];
        write(outcomes.map((each) => (each === outcome ? text : each)));
        if (label) keepLabel(bench, text, label);
      },
    });
    const label = OWN_OUTCOMES.includes(outcome)
      ? note(`${word('显示为')}：${outcomeLabel(bench.config, outcome)}`)
      : textField({ key: `outcome.${index}.label`, label: word('显示为'), value: bench.config.outcomes[outcome] ?? '', placeholder: word('新结果'), onChange: (text) => keepLabel(bench, outcome, text) });
    return node('div', { class: 'hq-props-item' }, id, label, action(word('删去'), () => write(others), { key: `outcome.${index}.remove` }));
  });
  const add = () => write([...outcomes, freshName('result', (name) => outcomes.includes(name) || name in bench.config.outcomes)]);
  return [...rows, row(action(word('加一个结果'), add, { key: 'outcome.add' }))];
}

/** What people call a result is a setting of the process, kept at once. */
async function keepLabel(bench, outcome, label) {
  const response = await fetch(bench.config.outcome, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': bench.config.csrf, 'X-Requested-With': 'fetch', 'X-Revision': String(bench.draft.revision) },
    body: JSON.stringify({ outcome, label }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    bench.say(word('没有保存：{reason}', { reason: answer.detail ?? response.status }));
    return;
  }
  bench.config.outcomes[outcome] = label;
  bench.redraw();
}
