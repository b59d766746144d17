// What the check found, on the drawing: a badge on each element with the worst of its findings, and the way that leads to
// one, drawn with the numbers of its steps.
import { element } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';

addEnglish({ '第 {step} 步': 'Step {step}', '{count} 处问题': '{count} findings' });

const BADGE = 'bench-problem';
const STEP = 'bench-step';
const MARKS = { error: 'has-error', warning: 'has-warning' };

export class Badges {
  constructor(modeler, select) {
    Object.assign(this, { modeler, select, marked: [], way: [] });
  }

  /** findings: those of this file that name an element. */
  show(findings) {
    const registry = this.modeler.get('elementRegistry');
    const overlays = this.modeler.get('overlays');
    const canvas = this.modeler.get('canvas');
    overlays.remove({ type: BADGE });
    for (const [id, mark] of this.marked) if (registry.get(id)) canvas.removeMarker(id, mark);
    this.marked = [];
    for (const [id, found] of group(findings)) {
      const target = registry.get(id);
      if (!target || target === canvas.getRootElement()) continue;
      const severity = ['error', 'warning', 'info'].find((name) => found.some((each) => each.severity === name));
      if (!MARKS[severity]) continue;
      canvas.addMarker(id, MARKS[severity]);
      this.marked.push([id, MARKS[severity]]);
      overlays.add(id, BADGE, { position: placeOf(target), html: this.badge(id, severity, found) });
    }
  }

  badge(id, severity, found) {
    const title = found.map((each) => each.message).join('\n');
    const badge = element('button', { type: 'button', class: `hq-badge-mark is-${severity}`, title, 'aria-label': word('{count} 处问题', { count: found.length }) }, String(found.length));
    badge.addEventListener('click', () => this.select(id, found.find((each) => each.way?.length)?.way ?? []));
    return badge;
  }

  /** Draws the way along these elements; an empty one takes the last away. */
  draw(way) {
    const registry = this.modeler.get('elementRegistry');
    const overlays = this.modeler.get('overlays');
    const canvas = this.modeler.get('canvas');
    overlays.remove({ type: STEP });
    for (const id of this.way) if (registry.get(id)) canvas.removeMarker(id, 'on-way');
    this.way = withFlows(registry, way);
    for (const id of this.way) canvas.addMarker(id, 'on-way');
    const nodes = way.filter((id) => registry.get(id) && !registry.get(id).waypoints);
    for (const [id, steps] of numbered(nodes)) {
      const number = element('span', { class: 'hq-step-number', title: word('第 {step} 步', { step: steps.join('、') }) }, steps.join('·'));
      overlays.add(id, STEP, { position: { top: -12, left: -12 }, html: number });
    }
  }
}

const placeOf = (target) => (target.waypoints ? { top: -6, left: 0 } : { top: -10, right: 10 });

function group(findings) {
  const found = new Map();
  for (const each of findings) found.set(each.element, [...(found.get(each.element) ?? []), each]);
  return found;
}

/** Each element with the numbers at which the way comes through it, in the order of the way. */
export function numbered(ids) {
  const found = new Map();
  ids.forEach((id, index) => found.set(id, [...(found.get(id) ?? []), index + 1]));
  return found;
}

/** The elements of a way with the flows between neighbours. */
export function withFlows(registry, way) {
  const found = new Set(way.filter((id) => registry.get(id)));
  way.forEach((id, index) => {
    const from = registry.get(id);
    const to = registry.get(way[index + 1]);
    for (const flow of from?.outgoing ?? []) if (to && flow.target === to) found.add(flow.id);
  });
  return [...found];
}
