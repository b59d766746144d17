// The process diagram of one request: where it has been, where it is. Configuration comes in a JSON block, since
// the page policy allows no inline script.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './viewer.css';
import { firstView } from './lib/view.js';

const root = document.documentElement;

function bounds(elements) {
  const shapes = elements.map((element) => element.waypoints?.[0] ? { ...element.waypoints[0], width: 0, height: 0 } : element);
  const x = Math.min(...shapes.map((shape) => shape.x));
  const y = Math.min(...shapes.map((shape) => shape.y));
  return {
    x: (x + Math.max(...shapes.map((shape) => shape.x + shape.width))) / 2,
    y: (y + Math.max(...shapes.map((shape) => shape.y + shape.height))) / 2,
  };
}

function markProgress(viewer, { active = [], done = [], failed = [] }) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const current = new Set(active);
  const passed = new Set(done.filter((id) => !current.has(id)));
  for (const id of passed) if (registry.get(id)) canvas.addMarker(id, 'is-done');
  for (const id of current) if (registry.get(id)) canvas.addMarker(id, 'is-active');
  for (const id of failed) if (registry.get(id)) canvas.addMarker(id, 'is-failed');
  // A flow was taken, as far as the page knows, if it leads from a finished node to a finished or open one.
  for (const flow of registry.filter((element) => element.type === 'bpmn:SequenceFlow')) {
    const reached = passed.has(flow.target.id) || current.has(flow.target.id);
    if (passed.has(flow.source.id) && reached) canvas.addMarker(flow, 'is-done');
  }
  return [...failed, ...current].map((id) => registry.get(id)).filter(Boolean);
}

function showFirst(canvas, active) {
  const { inner, outer } = canvas.viewbox();
  const focus = active.length ? bounds(active) : { x: inner.x, y: inner.y };
  canvas.viewbox(firstView(inner, outer, focus));
}

function wireButtons(canvas, fit) {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-zoom]');
    if (!button) return;
    if (button.dataset.zoom === 'fit') fit();
    else canvas.zoom(Math.min(Math.max(canvas.zoom() * (button.dataset.zoom === 'in' ? 1.25 : 0.8), 0.2), 4));
  });
}

function wirePointers(container, canvas) {
  // The wheel belongs to the page unless Ctrl asks for zooming: a diagram must not catch the scrolling reader.
  container.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey && Math.abs(event.deltaY) >= Math.abs(event.deltaX)) event.stopPropagation();
  }, { capture: true });
  // The library pans by mouse only. touch-action leaves vertical movements to the page.
  let last = null;
  container.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' && event.isPrimary) last = event;
  });
  container.addEventListener('pointermove', (event) => {
    if (!last || event.pointerId !== last.pointerId) return;
    canvas.scroll({ dx: event.clientX - last.clientX, dy: event.clientY - last.clientY });
    last = event;
  });
  for (const end of ['pointerup', 'pointercancel']) {
    container.addEventListener(end, (event) => {
      if (event.pointerId === last?.pointerId) last = null;
    });
  }
}

async function main() {
  const container = document.getElementById('diagram');
  const config = JSON.parse(document.getElementById('viewer-config').textContent);
  const response = await fetch(config.url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`diagram: ${response.status}`);
  const viewer = new NavigatedViewer({
    container,
    // Variables, so that the diagram follows the theme without being drawn again.
    bpmnRenderer: {
      defaultFillColor: 'var(--hq-surface)',
      defaultStrokeColor: 'var(--hq-diagram-line)',
      defaultLabelColor: 'var(--hq-text)',
    },
    textRenderer: {
      defaultStyle: { fontFamily: 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif', fontSize: 12 },
      externalStyle: { fontSize: 12 },
    },
  });
  await viewer.importXML(await response.text());
  const canvas = viewer.get('canvas');
  const active = markProgress(viewer, config);
  showFirst(canvas, active);
  wireButtons(canvas, () => canvas.zoom('fit-viewport', 'auto'));
  wirePointers(container, canvas);
  // A diagram in a closed tab or <details> has no size when it is drawn.
  let width = container.clientWidth;
  new ResizeObserver(() => {
    if (container.clientWidth === width) return;
    width = container.clientWidth;
    canvas.resized();
    if (width) showFirst(canvas, active);
  }).observe(container);
  root.dataset.viewer = 'ready';
}

main().catch((error) => {
  root.dataset.viewer = 'failed';
  console.error(error);
});
