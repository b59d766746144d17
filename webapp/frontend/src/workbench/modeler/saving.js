// From the drawing to the draft: what is written can always be read back, and what cannot be read is said with its line.
import { debounce } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';

addEnglish({
  '第 {line} 行写得不对': 'Line {line} is wrong', '文件不完整或不是 XML': 'The file is not complete, or no XML', '没有可以画出的流程': 'There is no process to draw', '有同样的编号 `{name}`': 'The id `{name}` is there twice',
  '编号 `{name}` 不合规则': 'The id `{name}` is not possible', '引用的 `{name}` 不存在': '`{name}` is referred to but is not there', '不认识的内容 `{name}`': 'Unknown content `{name}`', '有一处读不进来': 'Something cannot be read', '图画不成文件：{reason}': 'The drawing cannot be written: {reason}', '图形 `{name}` 没有对应的元素': 'The shape `{name}` belongs to no element',
});

const WAIT = 400;

/** Keeps the drawing soon after every change. `blocked()` holds it back while the person has not agreed to lose something. */
export function keepDrawing(modeler, draft, { blocked, failed }) {
  const { dataset } = document.documentElement;
  let newest = 0;
  let written = 0;
  const write = async () => {
    if (blocked()) return;
    try {
      written = newest;
      const { xml } = await modeler.saveXML({ format: true });
      await modeler.get('moddle').fromXML(xml);
      draft.changed(xml);
    } catch (error) {
      failed(word('图画不成文件：{reason}', { reason: error.message }));
    }
  };
  const soon = debounce(write, WAIT);
  modeler.on('commandStack.changed', () => {
    newest += 1;
    dataset.drawn = 'changed';
    soon();
  });
  document.addEventListener('draft:saved', () => {
    if (written === newest) dataset.drawn = 'kept';
  });
  const now = async () => {
    soon.cancel();
    await write();
  };
  // what is being typed counts when the page is left
  addEventListener('pagehide', () => document.activeElement?.blur?.());
  return { now };
}

/** What an import complains of, in words; `{text, line}`. */
export function explain(message) {
  const line = Number(/line: (\d+)/.exec(message)?.[1]) + 1 || undefined;
  const rules = [
    [/no (?:process or collaboration|diagram) to display/, '没有可以画出的流程'],
    [/duplicate ID <([^>]+)>/, '有同样的编号 `{name}`'],
    [/illegal ID <([^>]+)>/, '编号 `{name}` 不合规则'],
    [/unresolved reference <([^>]+)>/, '引用的 `{name}` 不存在'],
    [/unparsable content <?([\w:.-]+)/, '不认识的内容 `{name}`'],
    [/unknown (?:attribute|element) <([^>]+)>/, '不认识的内容 `{name}`'],
    [/no bpmnElement referenced in <[^>]*?id="([^"]+)"/, '图形 `{name}` 没有对应的元素'],
    [/unexpected end|missing start tag|unclosed|failed to parse|closing tag|not a document/i, '文件不完整或不是 XML'],
  ];
  for (const [pattern, text] of rules) {
    const match = pattern.exec(message);
    if (match) return { text: word(text, { name: match[1] ?? '' }), line };
  }
  return { text: line ? word('第 {line} 行写得不对', { line }) : word('有一处读不进来'), line };
}
