// How several people sign one step, and how their voices are counted.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../../words.js';
import { fold, part, selectField, textField } from '../../panel/controls.js';
import { expressionField } from '../../panel/expression.js';
import { quote } from '../condition.js';

addEnglish({
  几个人签: 'How many sign', 签署方式: 'Signing', 一个人办理: 'One person', '会签：全部同意': 'All approve', '或签：一人同意即可': 'One is enough', '依次签：一个接一个': 'One after the other', '票签：按票数': 'By votes',
  谁来签: 'Who signs', "不填就是泳道岗位的所有人；例如 `['总经理', handler]`": "Everybody of the lane if empty; for instance `['总经理', handler]`", 加一个岗位: 'Add a post',
  通过条件: 'Needed', '3 是 3 票，60% 是至少六成，>50% 是超过半数': '3 votes, 60% at least, >50% more than half', '写成 3、60% 或 >50%': 'Write 3, 60% or >50%',
  票的权重: 'Weights', '岗位或用户名=票数，逗号分开；其他人一票': 'post or user name = votes, separated by commas; all others 1', '写成 岗位=票数，用逗号分开': 'Write post=votes, separated by commas',
  有人驳回时: 'A rejection', '按签署方式（会签、依次签一票否决）': 'As the signing says', 一票否决: 'decides', 只算一票反对: 'is one voice against',
  弃权: 'Abstain', 不能弃权: 'not offered', 不计入人数: 'is not counted', 算作没有同意: 'counts as not approving',
});

const KINDS = { all: '会签：全部同意', any: '或签：一人同意即可', in_turn: '依次签：一个接一个', vote: '票签：按票数' };
const NEEDED = /^>?\s*\d{1,3}(\.\d{1,2})?\s*%?$/;
const WEIGHTS = /^\s*([^=,，]{1,80}=\d{1,4}\s*([,，]\s*|$))+$/;

const optionsOf = (words) => Object.entries(words).map(([value, label]) => ({ value, label: word(label) }));

export function signingPart(bench, element) {
  const { edits } = bench;
  const kind = edits.property(element, 'signing');
  const set = (name) => (value) => edits.setProperties(element, { [name]: value });
  const chosen = selectField({ key: 'signing', label: word('签署方式'), value: kind, empty: word('一个人办理'), options: optionsOf(KINDS), onChange: (value) => changeKind(bench, element, value) });
  if (!kind) return fold(word('几个人签'), bench.guide('property', 'signing'), false, chosen);
  const signers = edits.property(element, 'signers');
  return part(
    word('几个人签'),
    bench.guide('property', 'signing'),
    chosen,
    expressionField(bench, { key: 'signers', label: word('谁来签'), hint: word("不填就是泳道岗位的所有人；例如 `['总经理', handler]`"), value: signers, id: element.id, rows: 2, onChange: set('signers') }),
    addsPost(bench, element, signers),
    ...(kind === 'vote' ? voteFields(bench, element, set) : []),
    selectField({ key: 'rejection', label: word('有人驳回时'), value: edits.property(element, 'rejection'), empty: word('按签署方式（会签、依次签一票否决）'), options: optionsOf({ veto: '一票否决', against: '只算一票反对' }), onChange: set('rejection') }),
    selectField({ key: 'abstention', label: word('弃权'), value: edits.property(element, 'abstention'), empty: word('不能弃权'), options: optionsOf({ excluded: '不计入人数', against: '算作没有同意' }), onChange: set('abstention') }),
  );
}

/** Adds a post to a list of signers that is written out; an expression of another kind is left to its author. */
function addsPost(bench, element, signers) {
  const list = /^\s*(?:\[(.*)\])?\s*$/s.exec(signers);
  if (!list) return null;
  const add = (post) => post && bench.edits.setProperties(element, { signers: `[${[list[1]?.trim(), quote(post)].filter(Boolean).join(', ')}]` });
  return selectField({ key: 'signers.add', label: word('加一个岗位'), options: bench.vocabulary.posts.map((post) => ({ value: post, label: post })), onChange: add });
}

function voteFields(bench, element, set) {
  const { edits } = bench;
  return [
    textField({ key: 'vote_needed', label: word('通过条件'), hint: word('3 是 3 票，60% 是至少六成，>50% 是超过半数'), value: edits.property(element, 'vote_needed'), check: (text) => (NEEDED.test(text) ? undefined : word('写成 3、60% 或 >50%')), onChange: set('vote_needed') }),
    textField({ key: 'vote_weights', label: word('票的权重'), hint: word('岗位或用户名=票数，逗号分开；其他人一票'), value: edits.property(element, 'vote_weights'), check: (text) => (!text || WEIGHTS.test(text) ? undefined : word('写成 岗位=票数，用逗号分开')), onChange: set('vote_weights') }),
  ];
}

/** The marker of several instances follows: it is how BPMN draws what the property says. */
function changeKind(bench, element, kind) {
  const { edits } = bench;
  edits.batch(() => {
    const vote = kind === 'vote';
    const cleared = kind ? {} : { signers: '', rejection: '', abstention: '' };
    const votes = vote ? { vote_needed: edits.property(element, 'vote_needed') || '>50%' } : { vote_needed: '', vote_weights: '' };
    edits.setProperties(element, { signing: kind, ...cleared, ...votes, ...(kind && { outcomes: 'approve,reject' }) });
    const loopCharacteristics = kind ? edits.create('bpmn:MultiInstanceLoopCharacteristics', { isSequential: kind === 'in_turn' }, getBusinessObject(element)) : undefined;
    edits.set(element, { loopCharacteristics });
  });
}
