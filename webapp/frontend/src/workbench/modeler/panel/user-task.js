// A step that people do: whose it is, what they see and answer, until when, how several sign.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../../words.js';
import { addPool, assignPost, hiddenLanes, lanesOf, postOf } from '../lanes.js';
import { action, fold, link, note, part, row, selectField, textField, ticks } from '../../panel/controls.js';
import { expressionField } from '../../panel/expression.js';
import { fieldsOf, listOf } from './names.js';
import { newForm } from './new-files.js';

addEnglish({
  谁来办: 'Who does it', 按数据指定: 'From the data', 岗位: 'Post', '步骤所在的泳道；换一个岗位，步骤就移到那条泳道': 'The lane of the step; another post moves the step into its lane',
  '{post}（新泳道）': '{post} (new lane)', '先在图上画一个泳池，泳道就是岗位': 'Draw a pool first: its lanes are the posts', 画泳池和泳道: 'Draw a pool with lanes',
  指定办理人: 'Person', '可不填：给出一个用户名、岗位或它们的列表；填了就不再按泳道找人': 'Optional: a user name, a post or a list of them; takes the place of the lane',
  任务名后面加上: 'Added to its name', '可不填：例如客户名，让几条分支的任务分得清': 'Optional: for instance the customer, which tells branches apart',
  看什么填什么: 'What they see', 表单: 'Form', '选择这一步填写或查看的表单': 'The form that is filled in or read', 打开表单: 'Open the form', 新建表单: 'New form',
  同时显示的表单: 'Also shown', '只读，显示在旁边': 'read-only, beside it',
  '要说明理由的情况': 'When a reason is needed', '条件成立时，办理人必须写意见': 'When this holds, a comment must be written', 没写理由时的提示: 'What is said otherwise',
  签字负责的字段: 'Fields signed for', '退回重做后，这些字段没有变，已签的意见仍然有效，不再问一次': 'When these stay as they were after a rework, the signature stands',
  意见与签字: 'Comment and signature',
});

export function whoPart(bench, element) {
  const { registry } = bench.edits;
  return part(
    word('谁来办'),
    bench.guide('element', 'lane'),
    postField(bench, element, registry),
  );
}

/** What only few steps need: a person from the data instead of the lane, and words behind the name of the task. */
export function specialPart(bench, element) {
  const set = (name) => (value) => bench.edits.setProperties(element, { [name]: value });
  const used = bench.edits.property(element, 'performer') || bench.edits.property(element, 'about');
  return fold(
    word('按数据指定'),
    bench.guide('property', 'performer'),
    Boolean(used),
    expressionField(bench, { key: 'performer', label: word('指定办理人'), hint: word('可不填：给出一个用户名、岗位或它们的列表；填了就不再按泳道找人'), value: bench.edits.property(element, 'performer'), id: element.id, rows: 1, onChange: set('performer') }),
    expressionField(bench, { key: 'about', label: word('任务名后面加上'), hint: word('可不填：例如客户名，让几条分支的任务分得清'), value: bench.edits.property(element, 'about'), id: element.id, rows: 1, onChange: set('about') }),
  );
}

export function postField(bench, element, registry) {
  const inner = hiddenLanes(element.parent).map((each) => each.name);
  const lanes = [...inner, ...lanesOf(registry).map((each) => getBusinessObject(each).name)].filter(Boolean);
  const pool = registry.find((each) => each.type === 'bpmn:Participant');
  const posts = bench.vocabulary.posts.filter((post) => !lanes.includes(post));
  if (!pool) {
    const draw = () => addPool(bench, bench.config.title, bench.vocabulary.posts[0]);
    return row(note(word('先在图上画一个泳池，泳道就是岗位')), action(word('画泳池和泳道'), draw, { key: 'pool' }));
  }
  return selectField({
    key: 'post',
    label: word('岗位'),
    hint: word('步骤所在的泳道；换一个岗位，步骤就移到那条泳道'),
    value: postOf(registry, element),
    options: [...new Set(lanes)].map((post) => ({ value: post, label: post })).concat(posts.map((post) => ({ value: post, label: word('{post}（新泳道）', { post }) }))),
    onChange: (post) => post && assignPost(bench, element, post),
  });
}

export function formPart(bench, element) {
  const { edits, vocabulary, places } = bench;
  const form = edits.property(element, 'form');
  const forms = vocabulary.forms.map(({ name, title }) => ({ value: name, label: title }));
  const shown = listOf(edits.property(element, 'shows'));
  const open = form && vocabulary.forms.some(({ name }) => name === form) ? link(word('打开表单'), `${places.forms}?name=${encodeURIComponent(form)}`) : null;
  const create = action(word('新建表单'), async () => {
    const name = await newForm(bench, getBusinessObject(element));
    if (name) edits.setProperties(element, { form: name });
  }, { key: 'form.new' });
  const others = forms.filter(({ value }) => value !== form);
  return part(
    word('看什么填什么'),
    bench.guide('property', 'form'),
    selectField({ key: 'form', label: word('表单'), hint: word('选择这一步填写或查看的表单'), value: form, options: forms, onChange: (value) => edits.setProperties(element, { form: value }) }),
    row(open, create),
    others.length
      ? ticks({ key: 'shows', label: word('同时显示的表单'), hint: word('只读，显示在旁边'), options: others, values: shown, onChange: (values) => edits.setProperties(element, { shows: values.join(',') }) })
      : null,
  );
}

export function commentPart(bench, element) {
  const { edits } = bench;
  const when = edits.property(element, 'comment_when');
  const fields = fieldsOf(bench, [edits.property(element, 'form')].filter(Boolean));
  const signs = listOf(edits.property(element, 'outcomes')).includes('approve');
  return fold(
    word('意见与签字'),
    bench.guide('property', 'comment_when'),
    Boolean(when || edits.property(element, 'signed_fields')),
    expressionField(bench, { key: 'comment_when', label: word('要说明理由的情况'), hint: word('条件成立时，办理人必须写意见'), value: when, kind: 'condition', id: element.id, rows: 1, onChange: (value) => edits.setProperties(element, { comment_when: value, ...(!value && { comment_refusal: '' }) }) }),
    when ? textField({ key: 'comment_refusal', label: word('没写理由时的提示'), value: edits.property(element, 'comment_refusal'), onChange: (value) => edits.setProperties(element, { comment_refusal: value }) }) : null,
    signs && fields.length
      ? ticks({ key: 'signed_fields', label: word('签字负责的字段'), hint: word('退回重做后，这些字段没有变，已签的意见仍然有效，不再问一次'), options: fields, values: listOf(edits.property(element, 'signed_fields')), onChange: (values) => edits.setProperties(element, { signed_fields: values.join(',') }) })
      : null,
  );
}
