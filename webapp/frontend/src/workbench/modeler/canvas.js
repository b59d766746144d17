// The drawing board: bpmn-js with our words, shapes, ids and colours.
import Modeler from 'bpmn-js/lib/Modeler.js';
import { CreateAppendAnythingModule } from 'bpmn-js-create-append-anything';
import minimap from 'diagram-js-minimap';
import { BPMN_WORDS } from '../i18n/bpmn.js';
import { translateModule } from '../i18n/translate.js';
import { BATCH, BatchHandler } from './edits.js';
import { AlignProvider, AppendMenuProvider, ContextPadProvider, CreateMenuProvider, Drawing, PaletteProvider, ReplaceMenuProvider } from './drawing.js';
import { descriptors } from './descriptor.js';
import ReadableIds from './naming.js';
import { shapesOf } from './shapes.js';

const FONTS = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const MARGIN = { left: 40, top: 24, right: 24, bottom: 48 };

const own = {
  __init__: [['commandStack', (commands) => commands.registerHandler(BATCH, BatchHandler)]],
  bpmnFactory: ['type', ReadableIds],
  drawing: ['type', Drawing],
  paletteProvider: ['type', PaletteProvider],
  contextPadProvider: ['type', ContextPadProvider],
  replaceMenuProvider: ['type', ReplaceMenuProvider],
  createMenuProvider: ['type', CreateMenuProvider],
  appendMenuProvider: ['type', AppendMenuProvider],
  alignElementsContextPadProvider: ['type', AlignProvider],
};

export function createModeler(container, supported) {
  return new Modeler({
    container,
    shapes: shapesOf(supported),
    moddleExtensions: descriptors,
    additionalModules: [CreateAppendAnythingModule, minimap, translateModule(BPMN_WORDS), own],
    // variables, so that the diagram follows the theme without being drawn again
    bpmnRenderer: { defaultFillColor: 'var(--hq-surface)', defaultStrokeColor: 'var(--hq-diagram-line)', defaultLabelColor: 'var(--hq-text)' },
    textRenderer: { defaultStyle: { fontFamily: FONTS, fontSize: 12 }, externalStyle: { fontSize: 12 } },
    minimap: { open: false },
    // badges and numbers can be read on a diagram that is seen as a whole
    overlays: { defaults: { show: { minZoom: 0.1 }, scale: { min: 0.8, max: 1.2 } } },
  });
}

/** The whole diagram beside the palette, never larger than drawn; what would be too small to read starts at its left. */
export function fit(canvas, smallest = 0.2) {
  canvas.zoom('fit-viewport', 'auto');
  frame(canvas, canvas.viewbox().inner, smallest);
}

/** Shows a part of the diagram as large as it goes. */
function frame(canvas, inner, smallest) {
  const { outer } = canvas.viewbox();
  const left = MARGIN.left + (canvas.getContainer().querySelector('.djs-palette')?.offsetWidth ?? 0);
  const width = outer.width - left - MARGIN.right;
  const height = outer.height - MARGIN.top - MARGIN.bottom;
  const scale = Math.max(Math.min(1, width / inner.width, height / inner.height), smallest);
  const spare = Math.max(height / scale - inner.height, 0) / 2;
  canvas.viewbox({ x: inner.x - left / scale, y: inner.y - MARGIN.top / scale - spare, width: outer.width / scale, height: outer.height / scale });
}

/** Brings all these elements into sight. */
export function showAll(canvas, elements) {
  const shapes = elements.filter((each) => !each.waypoints);
  if (!shapes.length) return;
  const x = Math.min(...shapes.map((each) => each.x));
  const y = Math.min(...shapes.map((each) => each.y));
  const width = Math.max(...shapes.map((each) => each.x + each.width)) - x;
  const height = Math.max(...shapes.map((each) => each.y + each.height)) - y;
  frame(canvas, { x, y, width, height }, 0.2);
}

/** Zooms by a factor around the middle, within what can be read and found again. */
export function zoomBy(canvas, factor) {
  canvas.zoom(Math.min(Math.max(canvas.zoom() * factor, 0.1), 4));
}

/** Brings an element into the middle, selects it and leaves the focus where it was. */
export function goTo(modeler, id) {
  const element = modeler.get('elementRegistry').get(id);
  const canvas = modeler.get('canvas');
  if (!element) return null;
  const root = canvas.findRoot(element);
  if (root && root !== canvas.getRootElement()) canvas.setRootElement(root);
  if (element !== root) {
    if (canvas.zoom() < 0.5) canvas.zoom(0.8);
    canvas.scrollToElement(element, { top: 120, bottom: 160, left: 160, right: 120 });
    modeler.get('selection').select(element);
  } else modeler.get('selection').select(null);
  return element;
}
