// The buttons above the drawing, and keys that belong to it.
import { addEnglish, word } from '../words.js';
import { fit, zoomBy } from './canvas.js';
import { downloadBpmn, downloadSvg } from './files.js';

addEnglish({ 整个窗口: 'Whole window', 退出整个窗口: 'Leave the whole window' });

export function wireToolbar(root, bench) {
  const { modeler, config } = bench;
  const canvas = modeler.get('canvas');
  const stack = modeler.get('commandStack');
  const wide = root.querySelector('[data-do=wide]');
  const actions = {
    undo: () => stack.undo(),
    redo: () => stack.redo(),
    'zoom-in': () => zoomBy(canvas, 1.2),
    'zoom-out': () => zoomBy(canvas, 1 / 1.2),
    fit: () => fit(canvas),
    find: () => modeler.get('searchPad').toggle(),
    bpmn: () => downloadBpmn(modeler, config.key),
    svg: () => downloadSvg(modeler, config.key),
    wide: () => {
      const on = root.classList.toggle('is-wide');
      wide.setAttribute('aria-pressed', String(on));
      wide.title = word(on ? '退出整个窗口' : '整个窗口');
      canvas.resized();
    },
  };
  // what is to be chosen after a conflict stands above the editor
  document.addEventListener('draft:conflict', () => {
    if (root.classList.contains('is-wide')) actions.wide();
  });
  root.addEventListener('click', (event) => {
    const button = event.target.closest('[data-do]');
    if (!button || button.getAttribute('aria-disabled') === 'true') return;
    actions[button.dataset.do]?.();
  });
  const follow = () => {
    for (const [name, possible] of [['undo', stack.canUndo()], ['redo', stack.canRedo()]]) {
      root.querySelector(`[data-do=${name}]`).setAttribute('aria-disabled', String(!possible));
    }
  };
  modeler.on(['commandStack.changed', 'import.done'], follow);
  follow();
  // the page's own keys (a, d, g …) must not act on what is meant for the drawing
  root.querySelector('[data-area=board]').addEventListener('keydown', (event) => {
    if (!event.ctrlKey && !event.metaKey && event.key !== 'Escape') event.stopPropagation();
  });
}
