// Two states of a diagram beside each other: what differs is marked in both, they move together, and an entry of the
// list leads to its element.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './viewer.css';
import './workbench/compare.css';
import { counted, focusBox, nextPlace } from './workbench/compare/steps.js';
import { addEnglish, word } from './workbench/words.js';
import { watchStyles } from './workbench/styled.js';

addEnglish({ 左右排列: 'Side by side', 上下排列: 'One above the other', '这个版本没有可以显示的流程图': 'This version has no diagram that can be shown' });

const SIGNS = { added: '+', removed: '−', changed: '✎', moved: '↔' };
const SIDES = ['before', 'after'];

function create(container) {
  return new NavigatedViewer({
    container,
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
}

async function load(side, url) {
  const container = document.querySelector(`[data-diagram=${side}]`);
  const viewer = create(container);
  try {
    const response = await fetch(url, { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    await viewer.importXML(await response.text());
  } catch (error) {
    container.replaceChildren(Object.assign(document.createElement('p'), { className: 'hq-empty', textContent: word('这个版本没有可以显示的流程图') }));
    console.warn(error);
    return null;
  }
  // the wheel belongs to the page unless Ctrl asks for zooming
  container.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey && Math.abs(event.deltaY) >= Math.abs(event.deltaX)) event.stopPropagation();
  }, { capture: true });
  return viewer;
}

function markAll(viewer, side, marks) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const overlays = viewer.get('overlays');
  for (const mark of marks) {
    const id = mark[side];
    const found = id && registry.get(id);
    // a lane or pool that only grew would colour the whole drawing
    if (!found || (mark.kind === 'moved' && /Lane|Participant/.test(found.type))) continue;
    canvas.addMarker(id, `is-${mark.kind}`);
    const sign = Object.assign(document.createElement('span'), { className: `hq-sign is-${mark.kind}`, textContent: SIGNS[mark.kind] });
    overlays.add(id, 'change', { position: found.waypoints ? { top: -9, left: -9 } : { top: -9, right: 9 }, html: sign });
  }
}

/** What one is panned or zoomed to, the other shows as well. */
function moveTogether(viewers) {
  let following = false;
  for (const viewer of viewers) {
    viewer.on('canvas.viewbox.changed', () => {
      if (following) return;
      following = true;
      const { x, y, width } = viewer.get('canvas').viewbox();
      for (const other of viewers) {
        if (other === viewer) continue;
        const canvas = other.get('canvas');
        const { outer } = canvas.viewbox();
        if (outer.width) canvas.viewbox({ x, y, width, height: (width * outer.height) / outer.width });
      }
      following = false;
    });
  }
}

function focusOn(viewers, mark) {
  for (const [side, viewer] of Object.entries(viewers)) {
    if (!viewer) continue;
    const canvas = viewer.get('canvas');
    for (const node of viewer.get('elementRegistry').getAll()) if (canvas.hasMarker(node.id, 'is-shown')) canvas.removeMarker(node.id, 'is-shown');
    const found = mark[side] && viewer.get('elementRegistry').get(mark[side]);
    if (found) canvas.addMarker(found.id, 'is-shown');
  }
  // the newer side leads; the other one follows
  const [side, viewer] = Object.entries(viewers).reverse().find(([name, each]) => each && mark[name] && each.get('elementRegistry').get(mark[name])) ?? [];
  if (!viewer) return;
  const canvas = viewer.get('canvas');
  canvas.viewbox(focusBox(viewer.get('elementRegistry').get(mark[side]), canvas.viewbox().outer));
}

function wire(viewers, marks) {
  let at = -1;
  const count = document.querySelector('[data-step-count]');
  const go = (place, scroll) => {
    at = place;
    if (count) count.textContent = counted(at, marks.length);
    focusOn(viewers, marks[at]);
    const entry = document.getElementById(`e-${marks[at].after || marks[at].before}`);
    document.querySelectorAll('.hq-compare-table tbody.is-shown').forEach((each) => each.classList.remove('is-shown'));
    entry?.classList.add('is-shown');
    const list = document.querySelector('.hq-compare-list');
    if (entry && list) list.scrollTop = entry.offsetTop - list.clientHeight / 3;
    if (scroll) document.querySelector('[data-panes]').scrollIntoView({ block: 'nearest' });
  };
  const placeOf = (id) => marks.findIndex((mark) => (mark.after || mark.before) === id);
  if (count) count.textContent = counted(at, marks.length);

  document.addEventListener('click', (event) => {
    const entry = event.target.closest('[data-focus]');
    const step = event.target.closest('[data-step]');
    const zoom = event.target.closest('[data-zoom]');
    if (entry && placeOf(entry.dataset.focus) >= 0) {
      event.preventDefault();
      go(placeOf(entry.dataset.focus), true);
    } else if (step && marks.length) {
      go(nextPlace(at, Number(step.dataset.step), marks.length), true);
    } else if (zoom) {
      const canvas = (viewers.after ?? viewers.before)?.get('canvas');
      if (zoom.dataset.zoom === 'fit') canvas?.zoom('fit-viewport', 'auto');
      else canvas?.zoom(Math.min(Math.max(canvas.zoom() * (zoom.dataset.zoom === 'in' ? 1.25 : 0.8), 0.2), 4));
    }
  });
  // a whole process is too small to be read: begin where something differs
  if (marks.length) go(0, false);
  for (const side of SIDES) {
    viewers[side]?.on('element.click', ({ element }) => {
      const id = element.labelTarget?.id ?? element.id;
      const place = marks.findIndex((mark) => mark[side] === id);
      if (place >= 0) go(place, false);
    });
  }
}

function arrange(viewers) {
  const panes = document.querySelector('[data-panes]');
  const button = document.querySelector('[data-arrange]');
  button?.addEventListener('click', () => {
    const stacked = panes.classList.toggle('is-stacked');
    button.setAttribute('aria-pressed', String(stacked));
    button.textContent = word(stacked ? '左右排列' : '上下排列');
  });
  new ResizeObserver(() => {
    for (const viewer of Object.values(viewers)) if (viewer) viewer.get('canvas').resized();
  }).observe(panes);
}

async function main() {
  watchStyles();
  const config = JSON.parse(document.getElementById('compare-config').textContent);
  const [before, after] = await Promise.all([load('before', config.before), load('after', config.after)]);
  const viewers = { before, after };
  for (const side of SIDES) if (viewers[side]) markAll(viewers[side], side, config.marks);
  moveTogether(Object.values(viewers).filter(Boolean));
  (after ?? before)?.get('canvas').zoom('fit-viewport', 'auto');
  wire(viewers, config.marks);
  arrange(viewers);
  document.documentElement.dataset.compare = 'ready';
}

main().catch((error) => {
  document.documentElement.dataset.compare = 'failed';
  console.error(error);
});
