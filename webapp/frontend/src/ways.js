// What was found in a draft, and the ways through it, drawn on its diagram: choosing one in the list marks its nodes
// and flows, numbered in the order in which they are come to.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './viewer.css';
import './workbench/ways.css';
import { element } from './lib/dom.js';
import { focusBox } from './workbench/compare/steps.js';
import { watchStyles } from './workbench/styled.js';
import { numbered, passes } from './workbench/ways/order.js';
import { addEnglish, word } from './workbench/words.js';

addEnglish({
  '{what}：图上标出了 {count} 步': '{what}: {count} places are marked on the diagram',
  '已在图上标出': 'Marked on the diagram',
  '图上没有这个元素': 'The diagram has no such element',
  '共 {count} 条走法，显示 {shown} 条': '{count} ways, {shown} shown',
  '流程图画不出来': 'The diagram cannot be drawn',
});

const MARK = 'is-way';
const HERE = 'is-here';
const READABLE = 0.45;
const root = document.documentElement;
const say = (text) => {
  const place = document.querySelector('[data-way-said]');
  if (place) place.textContent = text;
};

class Drawing {
  constructor(viewer) {
    this.canvas = viewer.get('canvas');
    this.registry = viewer.get('elementRegistry');
    this.overlays = viewer.get('overlays');
    this.marked = [];
  }

  clear() {
    for (const [id, mark] of this.marked) if (this.registry.get(id)) this.canvas.removeMarker(id, mark);
    this.marked = [];
    this.overlays.remove({ type: 'way' });
    const button = document.querySelector('[data-clear-way]');
    if (button) button.hidden = true;
    say('');
  }

  mark(id, mark) {
    this.canvas.addMarker(id, mark);
    this.marked.push([id, mark]);
  }

  /** Draws a way, or where there is none the element alone. */
  show(id, way, what = '') {
    this.clear();
    const known = way.filter((each) => this.registry.get(each));
    for (const each of known) this.mark(each, MARK);
    const places = numbered(known, (each) => Boolean(this.registry.get(each).waypoints));
    for (const [node, number] of places) {
      const html = element('span', { class: 'hq-way-number', 'aria-hidden': 'true' }, String(number));
      this.overlays.add(node, 'way', { position: { top: -10, left: -10 }, scale: { min: 1, max: 1 }, html });
    }
    const here = id && this.registry.get(id);
    if (here) this.mark(id, HERE);
    if (!here && !known.length) return say(word('图上没有这个元素'));
    document.querySelector('[data-clear-way]').hidden = false;
    this.focus(here ? [here] : known.map((each) => this.registry.get(each)));
    say(places.size ? word('{what}：图上标出了 {count} 步', { what: what || here?.businessObject.name || '', count: places.size }).replace(/^：/, '') : word('已在图上标出'));
  }

  /** Goes to an element of the way that is drawn. */
  look(id) {
    const here = this.registry.get(id);
    if (here) this.focus([here]);
  }

  /** A whole way is shown whole, a single element in the middle of what is around it. */
  focus(shapes) {
    if (shapes.length === 1) {
      this.canvas.viewbox(focusBox(shapes[0], this.canvas.viewbox().outer));
      return;
    }
    this.canvas.zoom('fit-viewport', 'auto');
    if (this.canvas.zoom() >= READABLE) return;
    // too long to be read as a whole: where it begins
    const { outer } = this.canvas.viewbox();
    const [first] = shapes;
    const size = { width: outer.width / READABLE, height: outer.height / READABLE };
    this.canvas.viewbox({ x: first.x - size.width * 0.08, y: first.y - size.height * 0.3, ...size });
  }
}

async function draw(container, config) {
  const response = await fetch(config.url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`diagram: ${response.status}`);
  const viewer = new NavigatedViewer({
    container,
    bpmnRenderer: { defaultFillColor: 'var(--hq-surface)', defaultStrokeColor: 'var(--hq-diagram-line)', defaultLabelColor: 'var(--hq-text)' },
    textRenderer: {
      defaultStyle: { fontFamily: 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif', fontSize: 12 },
      externalStyle: { fontSize: 12 },
    },
  });
  await viewer.importXML(await response.text());
  const canvas = viewer.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  container.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  }, { capture: true });
  return new Drawing(viewer);
}

function wireZoom(drawing) {
  for (const button of document.querySelectorAll('[data-zoom]')) {
    button.addEventListener('click', () => {
      const { canvas } = drawing;
      if (button.dataset.zoom === 'fit') canvas.zoom('fit-viewport', 'auto');
      else canvas.zoom(Math.min(Math.max(canvas.zoom() * (button.dataset.zoom === 'in' ? 1.25 : 0.8), 0.2), 4));
    });
  }
  document.querySelector('[data-clear-way]')?.addEventListener('click', () => drawing.clear());
}

function wireList(drawing) {
  const current = (chosen) => {
    for (const each of document.querySelectorAll('.is-shown')) each.classList.remove('is-shown');
    chosen?.classList.add('is-shown');
  };
  for (const button of document.querySelectorAll('[data-look]')) {
    button.addEventListener('click', () => drawing.look(button.dataset.look));
  }
  for (const button of document.querySelectorAll('[data-show]')) {
    button.addEventListener('click', () => {
      current(button.closest('li'));
      drawing.show(button.dataset.show, JSON.parse(button.dataset.way || '[]'));
      if (matchMedia('(max-width: 1099px)').matches) document.getElementById('diagram').scrollIntoView({ block: 'nearest' });
    });
  }
  for (const summary of document.querySelectorAll('summary[data-way]')) {
    summary.parentElement.addEventListener('toggle', () => {
      if (!summary.parentElement.open) return;
      current(summary.closest('li'));
      drawing.show('', JSON.parse(summary.dataset.way), summary.dataset.said);
    });
  }
}

function wireFilters() {
  const form = document.querySelector('[data-way-filters]');
  const said = document.querySelector('[data-way-count]');
  if (!form) return;
  const ways = [...document.querySelectorAll('.hq-way')];
  form.addEventListener('change', () => {
    const wanted = Object.fromEntries([...form.querySelectorAll('[data-filter]')].map((each) => [each.dataset.filter, each.value]));
    for (const way of ways) way.hidden = !passes(way.dataset, wanted);
    const shown = ways.filter((way) => !way.hidden).length;
    said.textContent = word('共 {count} 条走法，显示 {shown} 条', { count: ways.length, shown });
  });
}

async function main() {
  watchStyles();
  wireFilters();
  const container = document.getElementById('diagram');
  const config = JSON.parse(document.getElementById('ways-config').textContent);
  if (!config.url) throw new Error('no diagram');
  const drawing = await draw(container, config);
  wireZoom(drawing);
  wireList(drawing);
  const open = document.querySelector('.hq-way details[open] summary');
  if (open) drawing.show('', JSON.parse(open.dataset.way), open.dataset.said);
  root.dataset.viewer = 'ready';
}

main().catch((error) => {
  root.dataset.viewer = 'failed';
  say(word('流程图画不出来'));
  console.error(error);
});
