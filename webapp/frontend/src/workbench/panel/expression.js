// A field for an expression: names and functions are completed while typing, and the server says what it means or where it
// cannot be read.
import { debounce, element, freshId } from '../../lib/dom.js';
import { listbox } from '../../lib/listbox.js';
import { addEnglish, word } from '../words.js';
import { note } from './controls.js';

addEnglish({ '意思是：{text}': 'It says: {text}', 函数: 'Function', 可以填的名称: 'Names that can be used' });

const WORD = /[\p{L}_][\p{L}\p{N}_]*$/u;
const MOST = 8;
const asked = new Map();

/** What the server says about an expression; the same question is asked once. */
async function ask(config, source, kind, id) {
  const key = `${kind}\n${id}\n${source}`;
  if (asked.has(key)) return asked.get(key);
  const response = await fetch(config.expression, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': config.csrf, 'X-Requested-With': 'fetch' },
    body: JSON.stringify({ source, kind, element: id }),
  });
  if (!response.ok || response.redirected) return null;
  const answer = await response.json();
  asked.set(key, answer);
  return answer;
}

/** A line that says what an expression means; `judge(source)` asks for it. */
export function judgement(bench, kind, id) {
  const line = element('p', { class: 'hq-props-says', id: freshId('says'), role: 'status' });
  let newest = 0;
  const judge = async (source) => {
    newest += 1;
    const mine = newest;
    if (!source.trim()) {
      line.textContent = '';
      line.className = 'hq-props-says';
      return;
    }
    const answer = await ask(bench.config, source, kind, id).catch(() => null);
    if (!answer || mine !== newest) return;
    line.className = `hq-props-says ${answer.ok ? 'is-right' : 'is-wrong'}`;
    // a reading holds names and values that somebody wrote
    line.translate = !answer.ok;
    line.textContent = answer.ok ? (answer.reads ? word('意思是：{text}', { text: answer.reads }) : '') : answer.message;
  };
  return { line, judge };
}

function candidates(vocabulary, typed) {
  const known = [
    ...vocabulary.names.map(({ name, title, from }) => ({ text: name, label: name, detail: [title === name ? '' : title, from].filter(Boolean).join(' · ') })),
    ...vocabulary.functions.map(({ name, signature, title }) => ({ text: `${name}(`, label: signature || name, detail: `${word('函数')} · ${title}` })),
  ];
  const wanted = typed.toLowerCase();
  const starts = known.filter((each) => each.text.toLowerCase().startsWith(wanted) && each.text !== typed);
  const holds = known.filter((each) => !starts.includes(each) && each.text !== typed && `${each.label} ${each.detail}`.toLowerCase().includes(wanted));
  return [...starts, ...holds].slice(0, MOST);
}

/** Completion of names in `control`, with its list in the same box. */
function complete(control, list, vocabulary) {
  control.setAttribute('aria-autocomplete', 'list');
  const options = listbox(control, list);
  const typed = () => WORD.exec(control.value.slice(0, control.selectionStart))?.[0] ?? '';
  const offer = () => {
    const found = typed() ? candidates(vocabulary, typed()) : [];
    if (found.length) options.show(found);
    else options.close();
  };
  const choose = (item) => {
    control.setRangeText(item.text, control.selectionStart - typed().length, control.selectionStart, 'end');
    options.close();
    control.dispatchEvent(new Event('input', { bubbles: true }));
  };
  options.onChoose(choose);
  control.addEventListener('input', (event) => {
    if (event.isTrusted && !event.isComposing) offer();
  });
  control.addEventListener('keydown', (event) => {
    if (event.isComposing || !options.open) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') options.move(event.key === 'ArrowDown' ? 1 : -1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && options.chosen) choose(options.chosen);
    else if (event.key === 'Escape') options.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  control.addEventListener('blur', () => options.close());
}

/** kind: condition, expression, due or script, as the server's check of expressions knows them. */
export function expressionField(bench, { key, label, hint, value = '', kind = 'expression', id = '', rows = 2, placeholder = '', onChange }) {
  const control = element('textarea', { class: 'form-control is-code', rows: String(rows), id: freshId('prop'), 'data-field': key, placeholder, autocomplete: 'off' });
  control.spellcheck = false;
  control.value = value;
  const list = element('ul', { role: 'listbox', hidden: '', 'aria-label': word('可以填的名称') });
  const says = judgement(bench, kind, id);
  control.setAttribute('aria-describedby', says.line.id);
  complete(control, list, bench.vocabulary);
  const soon = debounce(() => says.judge(control.value), 300);
  control.addEventListener('input', soon);
  control.addEventListener('change', () => {
    const typed = control.value.trim();
    if (typed !== value) onChange(typed);
  });
  says.judge(value);
  const parts = [element('label', { class: 'hq-label', for: control.id }, label), element('div', { class: 'hq-lookup' }, control, list), says.line];
  if (hint) parts.push(note(hint));
  return element('div', { class: 'hq-field' }, ...parts);
}
