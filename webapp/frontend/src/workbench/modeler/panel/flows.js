// Where a case goes: gateways with their ways, and the condition of one way.
import { element as node } from '../../../lib/dom.js';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../../words.js';
import { action, note, part, selectField } from '../../panel/controls.js';
import { conditionField } from './condition.js';
import { titleOf } from './names.js';

addEnglish({
  往哪里走: 'Where it goes', 默认走: 'Otherwise', '其他条件都不成立时走这条': 'taken when no condition holds', '（没有默认）': '(none)', '到：{target}': 'To: {target}', 默认: 'default', '还没有条件': 'no condition yet',
  '同时走后面的每一条路，汇合时等所有路都走完': 'Takes every way at once; where they join, it waits for all', 走这条路的条件: 'When this way is taken', '这是默认连线：其他条件都不成立时走这里': 'The default: taken when nothing else holds', 设为默认连线: 'Make the default flow', 改为按条件走: 'Take it by a condition',
  '只有排他网关后面的连线能有条件；要分支请先加一个排他网关': 'Only flows behind an exclusive gateway have conditions', '只有一条出线，不需要条件': 'The only way out needs no condition', 去掉条件: 'Remove the condition', '按条件从上到下看，第一条成立的就走': 'Looked at from top to bottom; the first that holds is taken',
});

export function gatewayPart(bench, element) {
  const flows = element.outgoing.filter((each) => is(each, 'bpmn:SequenceFlow'));
  if (!is(element, 'bpmn:ExclusiveGateway')) {
    return part(word('往哪里走'), bench.guide('element', 'parallel-gateway'), note(word('同时走后面的每一条路，汇合时等所有路都走完')), ...flows.map((flow) => way(bench, flow)));
  }
  const object = getBusinessObject(element);
  const options = flows.map((flow) => ({ value: flow.id, label: word('到：{target}', { target: titleOf(flow.target) }) }));
  const choose = (id) => bench.edits.set(element, { default: id ? getBusinessObject(bench.edits.registry.get(id)) : undefined });
  const fallback = flows.length > 1
    ? selectField({ key: 'default', label: word('默认走'), hint: word('其他条件都不成立时走这条'), value: object.default?.id ?? '', empty: word('（没有默认）'), options, onChange: choose })
    : null;
  return part(word('往哪里走'), bench.guide('element', 'exclusive-gateway'), note(word('按条件从上到下看，第一条成立的就走')), ...flows.map((flow) => way(bench, flow)), fallback);
}

function way(bench, flow) {
  const source = bench.edits.condition(flow);
  const isDefault = getBusinessObject(flow.source).default === getBusinessObject(flow);
  const conditional = is(flow.source, 'bpmn:ExclusiveGateway') && flow.source.outgoing.length > 1;
  const says = isDefault ? word('默认') : source || (conditional ? word('还没有条件') : '');
  const button = node('button', { type: 'button', class: 'hq-props-way', 'data-field': `way.${flow.id}` }, node('span', {}, word('到：{target}', { target: titleOf(flow.target) })));
  if (says) button.append(node(source && !isDefault ? 'code' : 'small', {}, says));
  button.addEventListener('click', () => bench.select(flow.id));
  return button;
}

export function flowPart(bench, element) {
  const { edits } = bench;
  const title = word('走这条路的条件');
  const help = bench.guide('element', 'sequence-flow');
  const source = edits.condition(element);
  const clear = source ? action(word('去掉条件'), () => edits.setCondition(element, ''), { key: 'condition.clear' }) : null;
  if (!is(element.source, 'bpmn:ExclusiveGateway')) return part(title, help, note(word('只有排他网关后面的连线能有条件；要分支请先加一个排他网关')), clear);
  if (element.source.outgoing.length < 2) return part(title, help, note(word('只有一条出线，不需要条件')), clear);
  const gateway = element.source;
  if (getBusinessObject(gateway).default === getBusinessObject(element)) {
    const undo = action(word('改为按条件走'), () => edits.set(gateway, { default: undefined }), { key: 'default' });
    return part(title, help, note(word('这是默认连线：其他条件都不成立时走这里')), undo, clear);
  }
  const toDefault = () => edits.batch(() => {
    edits.set(gateway, { default: getBusinessObject(element) });
    edits.setCondition(element, '');
  });
  return part(
    title,
    help,
    conditionField(bench, { key: 'condition', target: element, id: element.id, value: source, onChange: (value) => edits.setCondition(element, value), redraw: () => bench.redraw() }),
    action(word('设为默认连线'), toDefault, { key: 'default' }),
  );
}
