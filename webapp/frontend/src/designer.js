// The form designer: fields to add, the form as the real pages render it, properties. Configuration comes in a JSON block.
import './workbench/designer.css';
import { debounce } from './lib/dom.js';
import { openDraft, readConfig } from './workbench/draft.js';
import { showProblems } from './workbench/problems.js';
import { addEnglish, word } from './workbench/words.js';
import { Canvas } from './workbench/designer/canvas.js';
import { clipboard } from './workbench/designer/clipboard.js';
import { Timeline, addField, fieldOf, format, parse, placeOf, removeField, stepField, setWidth } from './workbench/designer/document.js';
import { drawPalette } from './workbench/designer/palette.js';
import { Panel } from './workbench/designer/panel.js';
import { drawRights } from './workbench/designer/rights.js';
import { drawRules } from './workbench/designer/rules.js';
import { KINDS } from './workbench/designer/kinds.js';
import { watchPresses } from './workbench/presses.js';

addEnglish({
  '已添加“{title}”': '“{title}” added', '已删除“{title}”': '“{title}” removed', '“{title}”在第 {section} 部分的第 {place} 个': '“{title}” is number {place} of part {section}', '“{title}”宽 {width} 栏': '“{title}” is {width} columns wide',
  已撤销: 'Undone', 已重做: 'Done again', 已复制: 'Copied', 没有可以粘贴的字段: 'There is no field to paste', '这张表单读不出来，原文件保留着，没有改动。请在“源文件”里改正：': 'This form cannot be read; the file is kept as it was. Mend it in its source: ',
  '改成这样表单就读不出来了，还没有保存：': 'With this change the form cannot be read, so it is not kept yet: ', '{count} 处必须改正': '{count} to be mended', '{count} 处建议': '{count} could be better', 没有问题: 'nothing wrong',
});

const WIDTHS = [3, 4, 6, 8, 12];
const root = document.querySelector('[data-designer]');
const part = (name) => root.querySelector(`[data-area=${name}]`);
const presses = watchPresses(root);

class Designer {
  constructor(config, draft) {
    Object.assign(this, { config, draft, selected: null, mode: 'design', problems: [] });
    this.canvas = new Canvas(this, part('canvas'));
    this.panel = new Panel(this, part('panel'));
    this.soonShown = debounce(() => this.show(), 120);
  }

  get form() {
    return this.timeline.now;
  }

  open(text) {
    this.timeline = new Timeline(parse(text));
    const asked = decodeURIComponent(location.hash.slice(1)).split(/[/-]/)[0];
    this.selected = fieldOf(this.form, asked) ? { field: asked } : null;
    drawPalette(this, part('palette'));
    this.wire();
    this.refresh();
    this.draft.check();
  }

  say(text) {
    part('said').textContent = text;
  }

  titleOf(name) {
    return fieldOf(this.form, name)?.title || name;
  }

  /** Goes on with another state of the form; it is kept as soon as the server can read it. */
  change(form, said) {
    if (!this.timeline.put(form)) return;
    document.documentElement.dataset.form = 'changed';
    if (said) this.say(said);
    this.refresh();
  }

  refresh() {
    const { selected } = this;
    if (selected?.field && !fieldOf(this.form, selected.field)) this.selected = null;
    root.querySelector('[data-do=undo]').disabled = !this.timeline.canUndo;
    root.querySelector('[data-do=redo]').disabled = !this.timeline.canRedo;
    this.soonDrawn();
    this.soonShown();
  }

  /** After the event that changed something has ended, so that the focus is where the person has gone meanwhile. */
  soonDrawn() {
    clearTimeout(this.drawing);
    if (presses.held) presses.after = () => this.draw();
    else this.drawing = setTimeout(() => this.draw());
  }

  draw() {
    const { activeElement: left } = document;
    const isText = left.matches('input[type=text], textarea') && root.contains(left);
    const [typed, start, end] = isText ? [left.value, left.selectionStart, left.selectionEnd] : [];
    this.panel.draw();
    if (this.mode === 'rights') drawRights(this, part('canvas'));
    if (this.mode === 'rules') drawRules(this, part('canvas'));
    const { activeElement: now } = document;
    if (!isText || now === left || now.dataset.field !== left.dataset.field) return;
    now.value = typed;
    now.setSelectionRange(start, end);
  }

  select(selected, { focus = false } = {}) {
    this.selected = selected;
    this.panel.draw();
    this.canvas.mark({ focus });
  }

  async show() {
    const text = `${format(this.form)}\n`;
    const answer = await this.ask(text);
    if (!answer) return;
    this.notice(answer.problems.length ? [word('改成这样表单就读不出来了，还没有保存：'), ...answer.problems.map((each) => each.message)].join(' ') : '');
    if (!answer.html && !answer.problems.length) return;
    if (answer.problems.length) return;
    if (text !== this.kept) {
      if (this.kept !== undefined) this.draft.changed(text);
      this.kept = text;
    }
    if (this.mode === 'design' || this.mode === 'preview') this.canvas.render(answer.html, this.mode === 'design');
    document.documentElement.dataset.designer = 'ready';
  }

  async ask(text) {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const response = await fetch(this.config.preview, {
        method: 'POST',
        credentials: 'same-origin',
        signal: this.asking.signal,
        headers: { 'Content-Type': 'application/json', 'X-CSRFToken': this.config.csrf, 'X-Requested-With': 'fetch' },
        body: JSON.stringify({ text, step: this.mode === 'preview' ? part('step').value : '', filled: part('samples').checked }),
      });
      return response.ok && !response.redirected ? await response.json() : null;
    } catch (error) {
      if (error.name !== 'AbortError') this.notice(error.message);
      return null;
    }
  }

  notice(text) {
    const place = part('notice');
    place.textContent = text;
    place.hidden = !text;
  }

  add(kind, place = this.placeBehind()) {
    const [form, name] = addField(this.form, kind, { ...place, title: word(KINDS[kind].title) });
    this.selected = { field: name };
    this.canvas.focusNext = true;
    this.change(form, word('已添加“{title}”', { title: word(KINDS[kind].title) }));
  }

  placeBehind() {
    const at = this.selected?.field && placeOf(this.form, this.selected.field);
    if (at) return { section: at.section, index: at.index + 1 };
    return { section: this.selected?.section ?? this.form.layout.length - 1 };
  }

  remove(name) {
    const title = this.titleOf(name);
    const at = placeOf(this.form, name);
    const form = removeField(this.form, name);
    const fields = form.layout[at?.section ?? 0]?.fields ?? [];
    const next = fields[Math.min(at?.index ?? 0, fields.length - 1)]?.[0];
    this.selected = next ? { field: next } : null;
    this.canvas.focusNext = true;
    this.change(form, word('已删除“{title}”', { title }));
  }

  step(name, by) {
    const form = stepField(this.form, name, by);
    const { section, index } = placeOf(form, name);
    this.canvas.focusNext = true;
    this.change(form, word('“{title}”在第 {section} 部分的第 {place} 个', { title: this.titleOf(name), section: section + 1, place: index + 1 }));
  }

  widen(name, by) {
    const { width } = placeOf(this.form, name);
    const wider = by > 0 ? WIDTHS.find((each) => each > width) : WIDTHS.findLast((each) => each < width);
    if (!wider) return;
    this.canvas.focusNext = true;
    this.change(setWidth(this.form, name, wider), word('“{title}”宽 {width} 栏', { title: this.titleOf(name), width: wider }));
  }

  copy(name) {
    clipboard.put({ field: fieldOf(this.form, name), name, width: placeOf(this.form, name)?.width ?? 6 });
    this.say(word('已复制'));
  }

  paste() {
    const found = clipboard.take();
    if (!found) return this.say(word('没有可以粘贴的字段'));
    const [form, name] = addField(this.form, '', { ...this.placeBehind(), made: found.field, name: found.name });
    this.selected = { field: name };
    this.canvas.focusNext = true;
    return this.change(setWidth(form, name, found.width), word('已添加“{title}”', { title: found.field.title }));
  }

  /** Another name for a field or a column, wherever the process speaks of it: the server's work, as one revision. */
  async rename(path, name) {
    if (!(await this.draft.flush())) return;
    const response = await fetch(this.config.rename, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': this.config.csrf, 'X-Requested-With': 'fetch' },
      body: JSON.stringify({ old: path, new: name, revision: this.draft.revision }),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) {
      this.notice(word('没有改名：{reason}', { reason: answer.detail ?? response.status }));
      return;
    }
    this.selected = path.includes('/') ? { field: path.split('/')[0], column: name } : { field: name };
    // what was undone would bring back a name that nothing else knows any more
    this.timeline = new Timeline(parse(await this.draft.read()));
    this.refresh();
  }

  travel(by) {
    const form = this.timeline.step(by);
    if (!form) return;
    this.say(word(by < 0 ? '已撤销' : '已重做'));
    this.refresh();
  }

  wire() {
    root.addEventListener('click', (event) => {
      const goes = event.target.closest('[data-do]')?.dataset.do;
      if (goes) this.travel(goes === 'undo' ? -1 : 1);
      const mode = event.target.closest('[data-mode]')?.dataset.mode;
      if (mode) this.enter(mode);
    });
    for (const name of ['step', 'samples']) part(name).addEventListener('change', () => (this.mode === 'design' && name === 'step' ? this.enter('preview') : this.show()));
    document.addEventListener('keydown', (event) => this.press(event));
    this.draft.onProblems((problems) => this.judge(problems));
    document.addEventListener('draft:saved', () => {
      if (this.kept === `${format(this.form)}\n`) document.documentElement.dataset.form = 'kept';
    });
  }

  enter(mode) {
    this.mode = mode;
    root.dataset.mode = mode;
    part('canvas').scrollTop = 0;
    for (const button of root.querySelectorAll('[data-mode]')) if (button !== root) button.setAttribute('aria-pressed', String(button.dataset.mode === mode));
    this.refresh();
  }

  press(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
    const typing = event.target.closest?.('input:not([type=checkbox]), textarea, select');
    const key = event.key.toLowerCase();
    if (typing) return;
    if (key === 'z') this.travel(event.shiftKey ? 1 : -1);
    else if (key === 'y') this.travel(1);
    else if (key === 'v') this.paste();
    else if (key === 'c' && this.selected?.field && !String(getSelection())) this.copy(this.selected.field);
    else return;
    event.preventDefault();
  }

  judge(problems) {
    this.problems = problems.filter((each) => each.file === this.config.path);
    const errors = problems.filter((each) => each.severity === 'error').length;
    const warnings = problems.filter((each) => each.severity === 'warning').length;
    const count = part('count');
    count.dataset.state = errors ? 'error' : warnings ? 'warning' : 'right';
    count.textContent = errors ? word('{count} 处必须改正', { count: errors }) : warnings ? word('{count} 处建议', { count: warnings }) : word('没有问题');
    showProblems(part('problems'), problems, { file: this.config.path, select: (place) => this.goTo(place) });
    this.canvas.mark();
  }

  /** The field that a finding names, as `lines/gift` or `budget-meal`. */
  goTo(place) {
    const name = place.split(/[/-]/).find((each) => fieldOf(this.form, each));
    if (!name) return;
    if (this.mode !== 'design') this.enter('design');
    this.select({ field: name }, { focus: true });
  }
}

async function main() {
  const config = readConfig();
  const draft = openDraft(config);
  const designer = new Designer(config, draft);
  const [text, response] = await Promise.all([draft.read(), fetch(config.vocabulary, { credentials: 'same-origin' })]);
  designer.vocabulary = await response.json();
  try {
    designer.open(text);
  } catch {
    const problems = (await draft.check()) ?? [];
    root.classList.add('is-unreadable');
    designer.notice(`${word('这张表单读不出来，原文件保留着，没有改动。请在“源文件”里改正：')}${problems.filter((each) => each.file === config.path).map((each) => each.message).join('；')}`);
    document.documentElement.dataset.designer = 'unreadable';
  }
}

main().catch((error) => {
  document.documentElement.dataset.designer = 'failed';
  console.error(error);
});
