// A new form or decision table for an element, kept in the draft at once: the smallest that is right.
import { addEnglish, word } from '../../words.js';
import { freshName } from '../ids.js';

addEnglish({ 说明: 'Remarks', 结果: 'Result', '没有保存：{reason}': 'Not saved: {reason}', 新表单: 'New form', 新决策表: 'New table' });

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);

async function keep(bench, path, text) {
  const response = await fetch(bench.config.files + path, {
    method: 'PUT',
    body: text,
    credentials: 'same-origin',
    headers: { 'X-CSRFToken': bench.config.csrf, 'X-Requested-With': 'fetch', 'X-Revision': String(bench.draft.revision), 'Content-Type': 'text/plain' },
  });
  if (!response.ok || response.redirected) {
    const answer = await response.json().catch(() => ({}));
    bench.say(word('没有保存：{reason}', { reason: answer.detail ?? response.status }));
    return false;
  }
  await bench.renew();
  return true;
}

const nameFor = (bench, object, list) => {
  const taken = (name) => list.some((each) => each.name === name);
  return taken(object.id) ? freshName(object.id, taken) : object.id;
};

/** The name of the new form, or null if it could not be kept. */
export async function newForm(bench, object) {
  const name = nameFor(bench, object, bench.vocabulary.forms);
  const form = {
    key: name,
    title: object.name || word('新表单'),
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      required: [],
      properties: { [`${name}_note`]: { type: 'string', title: word('说明'), maxLength: 500, 'x-widget': 'textarea' } },
    },
    layout: [{ title: object.name || word('新表单'), fields: [[`${name}_note`, 12]] }],
  };
  return (await keep(bench, `forms/${name}.json`, `${JSON.stringify(form, null, 2)}\n`)) ? name : null;
}

export async function newDecision(bench, object) {
  const name = nameFor(bench, object, bench.vocabulary.decisions);
  const title = escaped(object.name || word('新决策表'));
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="${name}_definitions" name="${title}" namespace="http://huiqian.example/dmn">
  <decision id="${name}" name="${title}">
    <decisionTable id="${name}_table" hitPolicy="UNIQUE">
      <input id="${name}_input" label="outcome">
        <inputExpression id="${name}_input_expression" typeRef="string">
          <text>outcome</text>
        </inputExpression>
      </input>
      <output id="${name}_output" label="${word('结果')}" name="${name}_result" typeRef="string" />
      <rule id="${name}_rule_1">
        <inputEntry id="${name}_rule_1_input">
          <text>-</text>
        </inputEntry>
        <outputEntry id="${name}_rule_1_output">
          <text>"approve"</text>
        </outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>
`;
  return (await keep(bench, `decisions/${name}.dmn`, text)) ? name : null;
}
