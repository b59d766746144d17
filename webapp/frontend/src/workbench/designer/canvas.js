// The form as the server renders it, with a handle on every field: chosen, moved and widened by pointer and by keyboard.
import { element } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';
import { moveField, placeOf, setWidth, order } from './document.js';
import { CARRIED } from './palette.js';

addEnglish({ '字段“{title}”': 'Field “{title}”', '，必填': ', required', '第 {section} 部分“{title}”': 'Part {section} “{title}”', 把字段拖到这里: 'Drag fields here', '“{title}”已移动': '“{title}” moved' });

// the controls of the rules bear the names of what they change as well
const FIELD = '[data-field][role=button]';
const HANDLES = `${FIELD}, [data-head]`;

export class Canvas {
  constructor(designer, place) {
    Object.assign(this, { designer, place, focusNext: false });
    place.addEventListener('click', (event) => this.#press(event));
    place.addEventListener('keydown', (event) => this.#key(event));
    place.addEventListener('dragover', (event) => this.#over(event));
    place.addEventListener('dragleave', (event) => event.target.classList?.remove('is-before', 'is-after', 'is-inside'));
    place.addEventListener('drop', (event) => this.#drop(event));
    place.addEventListener('pointerdown', (event) => this.#grip(event));
  }

  /** `editable`: with handles; else as the step sees it. */
  render(html, editable) {
    const held = this.place.contains(document.activeElement);
    const parsed = new DOMParser().parseFromString(html, 'text/html');
    parsed.querySelectorAll('[name]').forEach((each) => each.removeAttribute('name'));
    this.place.replaceChildren(...parsed.body.children);
    if (!editable) return;
    [...this.place.querySelectorAll('section.hq-card')].forEach((section, index) => this.#dress(section, index));
    this.mark({ focus: this.focusNext || held });
    this.focusNext = false;
  }

  #dress(section, index) {
    const { layout, schema } = this.designer.form;
    section.dataset.section = String(index);
    const folded = section.querySelector('details');
    folded?.replaceWith(...folded.children);
    const head = section.querySelector('.hq-card-head');
    head.replaceWith(this.#head(index, head.textContent.trim()));
    const boxes = [...section.querySelectorAll('.hq-fields > .hq-field')];
    (layout[index].fields ?? []).forEach(([name], position) => {
      const box = boxes[position];
      const field = schema.properties[name];
      if (!box || !field) return;
      for (const child of box.children) child.inert = true;
      Object.assign(box.dataset, { field: name });
      box.tabIndex = 0;
      box.draggable = true;
      box.setAttribute('role', 'button');
      const required = (schema.required ?? []).includes(name);
      // a field that only shows its value is read out as it stands there
      const shown = box.querySelector(':scope > .hq-output') ? box.textContent.trim().replace(/\s+/g, ' ') : (field.title ?? name);
      box.setAttribute('aria-label', word('字段“{title}”', { title: shown }) + (required ? word('，必填') : ''));
      box.addEventListener('dragstart', (event) => event.dataTransfer.setData(CARRIED, JSON.stringify({ move: name })));
      box.append(element('span', { class: 'hq-designer-grip', 'data-grip': name, 'aria-hidden': 'true' }));
    });
    const body = section.querySelector('.hq-fields');
    if (body && !boxes.length) body.append(element('p', { class: 'hq-designer-empty', 'data-empty': String(index) }, word('把字段拖到这里')));
  }

  #head(index, title) {
    const head = element('div', { class: 'hq-card-head hq-designer-head', 'data-head': String(index), tabindex: '0', role: 'button' }, element('h2', {}, title || ' '));
    head.setAttribute('aria-label', word('第 {section} 部分“{title}”', { section: index + 1, title }));
    return head;
  }

  /** Shows what is chosen and what is wrong. */
  mark({ focus = false } = {}) {
    const { selected, problems } = this.designer;
    const wrong = new Set(problems.filter((each) => each.severity === 'error').map((each) => each.element.split(/[/-]/)[0]));
    for (const box of this.place.querySelectorAll(HANDLES)) {
      const chosen = box.dataset.field ? box.dataset.field === selected?.field : Number(box.dataset.head) === selected?.section && !selected?.field;
      box.classList.toggle('is-selected', chosen);
      box.classList.toggle('is-wrong', wrong.has(box.dataset.field));
      box.setAttribute('aria-pressed', String(chosen));
      if (chosen && focus) {
        box.focus({ preventScroll: true });
        box.scrollIntoView({ block: 'nearest' });
      }
    }
  }

  #press({ target }) {
    if (this.designer.mode !== 'design') return;
    const box = target.closest(FIELD);
    const head = target.closest('[data-head]');
    if (box) this.designer.select({ field: box.dataset.field }, { focus: true });
    else if (head) this.designer.select({ section: Number(head.dataset.head) }, { focus: true });
    else if (target === this.place) this.designer.select(null);
  }

  #key(event) {
    const { designer } = this;
    const box = event.target.closest?.(HANDLES);
    if (!box || event.target !== box || event.ctrlKey || event.metaKey || event.isComposing) return;
    const name = box.dataset.field;
    const { key, altKey } = event;
    if (key === 'Enter' || key === ' ') {
      designer.select(name ? { field: name } : { section: Number(box.dataset.head) });
      designer.panel.focus();
    } else if (altKey && name && (key === 'ArrowUp' || key === 'ArrowDown')) designer.step(name, key === 'ArrowUp' ? -1 : 1);
    else if (altKey && name && (key === 'ArrowLeft' || key === 'ArrowRight')) designer.widen(name, key === 'ArrowLeft' ? -1 : 1);
    else if (!altKey && (key === 'ArrowUp' || key === 'ArrowDown')) this.#neighbour(box, key === 'ArrowUp' ? -1 : 1);
    else if (name && (key === 'Delete' || key === 'Backspace')) designer.remove(name);
    else return;
    event.preventDefault();
  }

  #neighbour(box, step) {
    const all = [...this.place.querySelectorAll(HANDLES)];
    const next = all[all.indexOf(box) + step];
    if (next) this.designer.select(next.dataset.field ? { field: next.dataset.field } : { section: Number(next.dataset.head) }, { focus: true });
  }

  #over(event) {
    const target = this.#target(event);
    if (!target || ![...event.dataTransfer.types].includes(CARRIED)) return;
    event.preventDefault();
    this.#clear();
    target.box.classList.add(target.mark);
  }

  #clear() {
    for (const each of this.place.querySelectorAll('.is-before, .is-after, .is-inside')) each.classList.remove('is-before', 'is-after', 'is-inside');
  }

  /** Where something would be put: before or behind the field under the pointer, or into an empty section. */
  #target({ target, clientX, clientY }) {
    if (this.designer.mode !== 'design') return null;
    const box = target.closest(FIELD);
    if (box) {
      const { left, top, width, height } = box.getBoundingClientRect();
      const at = placeOf(this.designer.form, box.dataset.field);
      const alone = box.parentElement.clientWidth - width < 40;
      const behind = alone ? clientY > top + height / 2 : clientX > left + width / 2;
      return { box, mark: behind ? 'is-after' : 'is-before', section: at.section, index: at.index + (behind ? 1 : 0) };
    }
    const section = target.closest('[data-section]');
    if (!section) return null;
    const index = this.designer.form.layout[section.dataset.section].fields?.length ?? 0;
    return { box: section, mark: 'is-inside', section: Number(section.dataset.section), index: target.closest('[data-head]') ? 0 : index };
  }

  #drop(event) {
    const target = this.#target(event);
    const carried = event.dataTransfer.getData(CARRIED);
    this.#clear();
    if (!target || !carried) return;
    event.preventDefault();
    const { kind, move } = JSON.parse(carried);
    if (kind) this.designer.add(kind, target);
    else if (order(this.designer.form).includes(move)) {
      this.designer.selected = { field: move };
      this.focusNext = true;
      this.designer.change(moveField(this.designer.form, move, target.section, target.index), word('“{title}”已移动', { title: this.designer.titleOf(move) }));
    }
  }

  /** The right edge is pulled to make a field wider or narrower, in twelfths of the form. */
  #grip(event) {
    const name = event.target.dataset?.grip;
    if (!name) return;
    event.preventDefault();
    const box = event.target.closest(FIELD);
    const { left } = box.getBoundingClientRect();
    const twelfth = box.parentElement.clientWidth / 12;
    const widthAt = ({ clientX }) => Math.min(Math.max(Math.round((clientX - left) / twelfth), 2), 12);
    const move = (moved) => {
      box.className = box.className.replace(/hq-col-\d+/, `hq-col-${widthAt(moved)}`);
    };
    box.draggable = false;
    event.target.setPointerCapture(event.pointerId);
    event.target.addEventListener('pointermove', move);
    event.target.addEventListener(
      'pointerup',
      (end) => {
        box.draggable = true;
        event.target.removeEventListener('pointermove', move);
        this.designer.selected = { field: name };
        this.designer.change(setWidth(this.designer.form, name, widthAt(end)));
      },
      { once: true },
    );
  }
}
