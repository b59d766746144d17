// What every element has, and what holds others: the process, lanes, sub-processes.
import { element as node } from '../../../lib/dom.js';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../../words.js';
import { wrongId } from '../ids.js';
import { fold, link, note, part, selectField, textField } from '../../panel/controls.js';
import { expressionField } from '../../panel/expression.js';

addEnglish({
  基本: 'General', 编号与说明: 'Id and documentation', 名称: 'Name', 编号: 'Id', 说明文字: 'Documentation', '给流程负责人看，办理人看不到': 'For process owners; not shown to those who do the step',
  '历史记录、表单权限和场景都用编号指这一步。改了以后，请到表单和场景里一并改；已发布的版本不受影响。': 'Histories, rights of forms and scenarios call the step by its id. After renaming it, change forms and scenarios as well; published versions stay as they are.',
  '编号以英文字母开头，条件和历史里用它': 'Begins with a letter; used in histories', 流程: 'Process', 流程名称: 'Name of the process', 流程编号: 'Key', '编号是流程的身份，不能改': 'The identity of the process; cannot be changed',
  '更多设置（编号前缀、发起人、撤销条件……）在“设置”里': 'More (numbers, starters, cancelling …) under Settings', 打开设置: 'Open the settings', 泳道: 'Lane', '泳道就是岗位：里面的步骤由这个岗位的人办理': 'A lane is a post: its holders do the steps in it', 岗位: 'Post',
  每一项各走一遍: 'Once for each entry', 列表: 'List', '列表中有几项，就并行走几条分支；不填就只走一遍': 'A branch for each entry of the list; only once if empty', 一项叫做: 'An entry is called', 收集到: 'Collected into', 每条分支的结果叫做: 'The result of a branch is called',
  '名称以英文字母开头，只含字母、数字和“_”': 'Letters, digits and _, beginning with a letter', 注释: 'Note', 注释文字: 'Text', 不能运行: 'Cannot be run', '这种元素来自其他工具，系统不运行它。点旁边的扳手，换成一种能运行的。': 'This kind comes from another tool and is not run here. Change it by the wrench beside it.',
  '选中了 {count} 个元素；可以一起移动、对齐或删除': '{count} elements are selected; move, align or remove them together',
});

export function generalPart(bench, element, { help = '', nameLabel = word('名称') } = {}) {
  const { edits, registry = edits.registry } = bench;
  const object = getBusinessObject(element);
  const flow = is(element, 'bpmn:SequenceFlow');
  const steps = is(element, 'bpmn:UserTask');
  const taken = (id) => Boolean(registry.get(id)) || bench.modeler.get('moddle').ids.assigned(id);
  const named = part(
    word('基本'),
    help,
    textField({ key: 'name', label: nameLabel, value: object.name ?? '', onChange: (name) => edits.set(element, { name: name || undefined }) }),
  );
  const known = fold(
    word('编号与说明'),
    '',
    false,
    textField({
      key: 'id', label: word('编号'), value: object.id, code: true,
      hint: steps ? word('历史记录、表单权限和场景都用编号指这一步。改了以后，请到表单和场景里一并改；已发布的版本不受影响。') : flow ? undefined : word('编号以英文字母开头，条件和历史里用它'),
      check: (id) => {
        const wrong = wrongId(id, taken);
        return wrong && word(wrong);
      },
      onChange: (id) => edits.rename(element, id),
    }),
    flow ? null : documentation(bench, element),
  );
  return [named, known];
}

function documentation(bench, element) {
  const object = getBusinessObject(element);
  const write = (text) => bench.edits.set(element, { documentation: text ? [bench.edits.create('bpmn:Documentation', { text }, object)] : [] });
  return textField({ key: 'documentation', label: word('说明文字'), hint: word('给流程负责人看，办理人看不到'), value: object.get('documentation')[0]?.text ?? '', area: 2, onChange: write });
}

export function processPart(bench, element) {
  const object = getBusinessObject(element);
  const process = object.processRef ?? object;
  const name = object.name ?? process.name ?? '';
  const rename = (text) => bench.edits.batch(() => {
    bench.edits.setWithin(element, process, { name: text });
    if (process !== object) bench.edits.set(element, { name: text });
  });
  return part(
    word('流程'),
    bench.guide('element', 'process'),
    textField({ key: 'name', label: word('流程名称'), value: name, onChange: rename }),
    node('p', { class: 'hq-hint' }, `${word('流程编号')}：`, node('code', {}, process.id)),
    note(word('编号是流程的身份，不能改')),
    note(word('更多设置（编号前缀、发起人、撤销条件……）在“设置”里')),
    link(word('打开设置'), bench.places.settings),
  );
}

export function lanePart(bench, element) {
  const name = getBusinessObject(element).name ?? '';
  return part(
    word('泳道'),
    bench.guide('element', 'lane'),
    note(word('泳道就是岗位：里面的步骤由这个岗位的人办理')),
    selectField({ key: 'post', label: word('岗位'), value: name, options: bench.vocabulary.posts.map((post) => ({ value: post, label: post })), onChange: (post) => bench.edits.set(element, { name: post || undefined }) }),
  );
}

const NAME = /^[A-Za-z]\w*$/;
const named = (text) => (!text || NAME.test(text) ? undefined : word('名称以英文字母开头，只含字母、数字和“_”'));

/** A sub-process that runs once for each entry of a list (BPMN 2.0, 13.2.7). */
export function loopPart(bench, element) {
  const { edits } = bench;
  const loop = getBusinessObject(element).loopCharacteristics;
  const item = (type, name) => (name ? edits.create('bpmn:DataInput', { id: name, name }, loop) : undefined);
  const setList = (text) => {
    if (!text) return edits.set(element, { loopCharacteristics: undefined });
    if (loop) return edits.setWithin(element, loop, { loopDataInputRef: text });
    const made = edits.create('bpmn:MultiInstanceLoopCharacteristics', { loopDataInputRef: text }, getBusinessObject(element));
    made.inputDataItem = edits.create('bpmn:DataInput', { id: 'entry', name: 'entry' }, made);
    return edits.set(element, { loopCharacteristics: made });
  };
  const within = (change) => edits.setWithin(element, loop, change);
  const list = expressionField(bench, { key: 'loop.list', label: word('列表'), hint: word('列表中有几项，就并行走几条分支；不填就只走一遍'), value: loop?.loopDataInputRef ?? '', id: element.id, rows: 1, onChange: setList });
  const fields = loop ? [
    textField({ key: 'loop.item', label: word('一项叫做'), value: loop.inputDataItem?.id ?? '', code: true, check: named, onChange: (name) => within({ inputDataItem: item('input', name) }) }),
    textField({ key: 'loop.result', label: word('每条分支的结果叫做'), value: loop.outputDataItem?.id ?? '', code: true, check: named, onChange: (name) => within({ outputDataItem: item('output', name), ...(!name && { loopDataOutputRef: undefined }) }) }),
    textField({ key: 'loop.results', label: word('收集到'), value: loop.loopDataOutputRef ?? '', code: true, check: named, onChange: (name) => within({ loopDataOutputRef: name || undefined }) }),
  ] : [];
  return part(word('每一项各走一遍'), bench.guide('element', 'multi-instance'), list, ...fields);
}

export function notePart(bench, element) {
  const text = getBusinessObject(element).text ?? '';
  return part(word('注释'), '', textField({ key: 'text', label: word('注释文字'), value: text, area: 3, onChange: (value) => bench.edits.set(element, { text: value }) }));
}

export const strangerPart = (bench) => part(word('不能运行'), bench.guide('element', 'refused'), note(word('这种元素来自其他工具，系统不运行它。点旁边的扳手，换成一种能运行的。')));
export const severalPart = (count) => part(word('基本'), '', note(word('选中了 {count} 个元素；可以一起移动、对齐或删除', { count })));
