// Tasks that nobody does by hand: operations, decision tables, scripts.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../../words.js';
import { action, link, note, part, row, selectField } from '../../panel/controls.js';
import { expressionField } from '../../panel/expression.js';
import { newDecision } from './new-files.js';

addEnglish({
  系统做什么: 'What the system does', 操作: 'Operation', '由系统自动执行，不用人办': 'Done by the system', '{title}（必填）': '{title} (required)', '执行后可以使用：{names}': 'Then known: {names}', '驳回或撤回时会自动撤销': 'Undone when the case is rejected or withdrawn',
  按哪张决策表: 'Decision table', 决策表: 'Table', 打开决策表: 'Open the table', 新建决策表: 'New table', '读取：{names}': 'Reads: {names}', '得出：{names}': 'Gives: {names}',
  脚本: 'Script', 计算: 'Compute', '一行一个赋值，例如 `total = amount * 2`': 'One assignment a line, for instance `total = amount * 2`',
});

export function operationPart(bench, element) {
  const { edits, vocabulary } = bench;
  const chosen = edits.operator(element)?.id ?? '';
  const operation = vocabulary.operations.find(({ name }) => name === chosen);
  const parameters = edits.parameters(element);
  const select = selectField({
    key: 'operation', label: word('操作'), hint: word('由系统自动执行，不用人办'), value: chosen,
    options: vocabulary.operations.map(({ name, title }) => ({ value: name, label: title })),
    onChange: (name) => edits.setOperator(element, name, suggested(vocabulary, name, parameters)),
  });
  const known = operation?.parameters ?? [];
  const stray = Object.keys(parameters).filter((name) => !known.some((each) => each.name === name)).map((name) => ({ name, title: name }));
  const fields = chosen ? [...known, ...stray].map(({ name, title, required }) =>
    expressionField(bench, {
      key: `parameter.${name}`, label: required ? word('{title}（必填）', { title }) : title, value: parameters[name] ?? '', id: element.id, rows: 1,
      onChange: (value) => edits.setOperator(element, chosen, { ...parameters, [name]: value }),
    }),
  ) : [];
  const gives = operation?.gives.length ? note(word('执行后可以使用：{names}', { names: operation.gives.map((name) => bench.titleOfName(name)).join('、') })) : null;
  return part(word('系统做什么'), bench.guide('element', 'service-task'), select, ...fields, gives, operation?.undo ? note(word('驳回或撤回时会自动撤销')) : null);
}

/** Parameters of another operation: those of the same name stay, others begin with a name of the case that fits. */
function suggested(vocabulary, name, before) {
  const operation = vocabulary.operations.find((each) => each.name === name);
  const names = new Set(vocabulary.names.map((each) => each.name));
  const found = (operation?.parameters ?? []).map((each) => [each.name, before[each.name] ?? (each.required && names.has(each.name) ? each.name : '')]);
  return Object.fromEntries(found);
}

export function decisionPart(bench, element) {
  const { edits, vocabulary, places } = bench;
  const chosen = edits.body(element, 'CalledDecisionId');
  const table = vocabulary.decisions.find(({ name }) => name === chosen);
  const create = action(word('新建决策表'), async () => {
    const name = await newDecision(bench, getBusinessObject(element));
    if (name) edits.setBody(element, 'CalledDecisionId', name);
  }, { key: 'decision.new' });
  const titled = (names) => names.map((each) => bench.titleOfName(each)).join('、');
  return part(
    word('按哪张决策表'),
    bench.guide('element', 'business-rule-task'),
    selectField({ key: 'decision', label: word('决策表'), value: chosen, options: vocabulary.decisions.map(({ name, title }) => ({ value: name, label: title })), onChange: (value) => edits.setBody(element, 'CalledDecisionId', value) }),
    row(table ? link(word('打开决策表'), `${places.tables}?name=${encodeURIComponent(chosen)}`) : null, create),
    table?.inputs.length ? note(word('读取：{names}', { names: titled(table.inputs) })) : null,
    table?.outputs.length ? note(word('得出：{names}', { names: titled(table.outputs) })) : null,
  );
}

export function scriptPart(bench, element) {
  const script = getBusinessObject(element).script ?? '';
  return part(
    word('计算'),
    bench.guide('element', 'script-task'),
    expressionField(bench, { key: 'script', label: word('脚本'), hint: word('一行一个赋值，例如 `total = amount * 2`'), value: script, kind: 'script', id: element.id, rows: 5, onChange: (value) => bench.edits.set(element, { script: value || undefined }) }),
  );
}
