// What can be added: pressed, it stands behind the chosen field; dragged, where it is dropped.
import { element } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';
import { addSection } from './document.js';
import { GROUPS, KINDS } from './kinds.js';

addEnglish({ 分节: 'Section', '新的一节': 'New section', '加一节': 'Add a section', '拖到表单里，或按一下加在选中的字段后面': 'Drag into the form, or press to add behind the chosen field' });

export const CARRIED = 'application/x-huiqian-field';

export function drawPalette(designer, place) {
  const entry = (kind) => {
    const button = element('button', { type: 'button', class: 'btn btn-sm hq-designer-kind', draggable: 'true', 'data-kind': kind }, word(KINDS[kind].title));
    button.addEventListener('click', () => designer.add(kind));
    button.addEventListener('dragstart', (event) => {
      event.dataTransfer.setData(CARRIED, JSON.stringify({ kind }));
      event.dataTransfer.effectAllowed = 'copy';
    });
    return button;
  };
  const section = element('button', { type: 'button', class: 'btn btn-sm hq-designer-kind', 'data-kind': 'section' }, word('加一节'));
  section.addEventListener('click', () => {
    const index = designer.form.layout.length;
    designer.selected = { section: index };
    designer.change(addSection(designer.form, word('新的一节')), word('加一节'));
  });
  place.replaceChildren(
    element('p', { class: 'hq-hint' }, word('拖到表单里，或按一下加在选中的字段后面')),
    ...GROUPS.flatMap((group) => [
      element('h2', {}, word(group)),
      element('div', { class: 'hq-designer-kinds' }, ...Object.keys(KINDS).filter((kind) => KINDS[kind].group === group).map(entry)),
    ]),
    element('h2', {}, word('分节')),
    element('div', { class: 'hq-designer-kinds' }, section),
  );
}
