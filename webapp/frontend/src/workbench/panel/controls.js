// The controls of the panel: a label, a hint under it and one control; told of a change when the person has finished it.
import { element, freshId } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';

addEnglish({ 这是什么: 'What is this?', '{title}是什么': 'What is: {title}', '（未选择）': '(none)', '{value}（不在列表中）': '{value} (not in the list)' });

// which parts the person has folded or unfolded, for as long as the page is open
const folds = new Map();

/** A part of the panel under a heading, with a link to its page of the guide. */
export function part(title, help, ...controls) {
  return fold(title, help, true, ...controls);
}

/** A part that is folded unless `open`: what most steps do not need. */
export function fold(title, help, open, ...controls) {
  const made = element('details', { class: 'hq-props-part' }, element('summary', { 'data-field': `fold.${title}` }, element('h3', {}, title)), element('div', { class: 'hq-props-body' }, ...controls.filter(Boolean)));
  made.open = folds.get(title) ?? open;
  made.addEventListener('toggle', () => {
    if (made.isConnected && made.open !== (folds.get(title) ?? open)) folds.set(title, made.open);
  });
  const link = help && element('a', { href: help, target: '_blank', rel: 'noopener', class: 'hq-props-help', 'aria-label': word('{title}是什么', { title }), title: word('这是什么') }, '?');
  return element('div', { class: 'hq-props-frame' }, made, ...(link ? [link] : []));
}

/** A text in which `code` stands between backticks. */
export function written(text) {
  return text.split('`').map((piece, index) => (index % 2 ? element('code', {}, piece) : piece));
}

function field(control, { key, label, hint, wrong, box = control }) {
  control.id = freshId('prop');
  control.dataset.field = key;
  const described = [];
  const parts = [element('label', { class: 'hq-label', for: control.id }, label), box];
  const say = (text, kind, role) => {
    const line = element('p', { class: kind, id: freshId('prop-hint'), ...(role && { role }) }, ...written(text));
    described.push(line.id);
    parts.push(line);
  };
  if (hint) say(hint, 'hq-hint');
  if (wrong) say(wrong, 'hq-error', 'alert');
  if (described.length) control.setAttribute('aria-describedby', described.join(' '));
  if (wrong) control.setAttribute('aria-invalid', 'true');
  return element('div', { class: 'hq-field' }, ...parts);
}

/** `check(value)` gives what is wrong with what was typed; then nothing is changed and the text stays. */
export function textField({ key, label, hint, value = '', onChange, area = 0, code = false, placeholder = '', check }) {
  const control = area ? element('textarea', { rows: String(area) }) : element('input', { type: 'text', autocomplete: 'off' });
  control.className = `form-control${code ? ' is-code' : ''}`;
  control.spellcheck = false;
  if (placeholder) control.placeholder = placeholder;
  control.value = value;
  const made = field(control, { key, label, hint });
  const warning = element('p', { class: 'hq-error', role: 'alert', hidden: '' });
  made.append(warning);
  control.addEventListener('change', () => {
    const typed = area ? control.value : control.value.trim();
    const wrong = typed === value ? undefined : check?.(typed);
    warning.textContent = wrong ?? '';
    warning.hidden = !wrong;
    if (!wrong && typed !== value) onChange(typed);
  });
  return made;
}

/** options: [{value, label, group?, asWritten?}]; a value that none of them has is kept and shown as it is. */
export function selectField({ key, label, hint, value = '', options, onChange, empty = word('（未选择）') }) {
  const control = element('select', { class: 'form-select' });
  fillSelect(control, { value, options, empty });
  control.addEventListener('change', () => onChange(control.value));
  return field(control, { key, label, hint });
}

export function fillSelect(control, { value = '', options, empty }) {
  const groups = new Map();
  const shown = [...options];
  if (value && !shown.some((each) => each.value === value)) shown.push({ value, label: word('{value}（不在列表中）', { value }) });
  if (empty !== null && empty !== undefined) control.append(element('option', { value: '' }, empty));
  for (const each of shown) {
    const option = element('option', { value: each.value, ...((each.asWritten || each.label === each.value) && { translate: 'no' }) }, each.label);
    if (!each.group) control.append(option);
    else {
      if (!groups.has(each.group)) {
        groups.set(each.group, element('optgroup', { label: each.group }));
        control.append(groups.get(each.group));
      }
      groups.get(each.group).append(option);
    }
  }
  control.value = value;
}

export function tick({ key, label, hint, value, onChange }) {
  const control = element('input', { type: 'checkbox', class: 'form-check-input', id: freshId('prop'), 'data-field': key });
  control.checked = value;
  control.addEventListener('change', () => onChange(control.checked));
  const made = element('label', { class: 'hq-check', for: control.id }, control, element('span', {}, label));
  return hint ? element('div', { class: 'hq-field' }, made, element('p', { class: 'hq-hint' }, ...written(hint))) : made;
}

/** Boxes to tick; onChange gets the values in the order of the options, and those that have no option behind them. */
export function ticks({ key, label, hint, options, values, onChange }) {
  const legend = element('legend', { class: 'hq-label' }, label);
  const known = options.map((each) => each.value);
  const boxes = options.map((each) =>
    tick({
      key: `${key}.${each.value}`,
      label: each.label,
      value: values.includes(each.value),
      onChange: (on) => {
        const kept = values.filter((value) => !known.includes(value));
        onChange([...known.filter((value) => (value === each.value ? on : values.includes(value))), ...kept]);
      },
    }),
  );
  return element('fieldset', { class: 'hq-field hq-props-ticks' }, legend, ...(hint ? [element('p', { class: 'hq-hint' }, ...written(hint))] : []), ...boxes);
}

export function action(label, onClick, { key, primary = false, title } = {}) {
  const control = element('button', { type: 'button', class: `btn btn-sm${primary ? ' btn-primary' : ''}`, ...(key && { 'data-field': key }), ...(title && { title }) }, label);
  control.addEventListener('click', onClick);
  return control;
}

export const link = (label, href) => element('a', { class: 'btn btn-sm', href }, label);
export const row = (...controls) => element('div', { class: 'hq-props-row' }, ...controls.filter(Boolean));
export const note = (text, kind = 'hq-hint') => element('p', { class: kind }, ...written(text));
