// Lanes bear the names of posts: finding them, making one, and moving a step into another one. Those of a sub-process are
// not drawn: there only the list of their steps is changed.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';

const GAP = 20;

export const lanesOf = (registry) => registry.filter((each) => is(each, 'bpmn:Lane') && !each.labelTarget);

/** The lanes of a sub-process, which nobody sees. */
export const hiddenLanes = (scope) => (is(scope, 'bpmn:SubProcess') ? (getBusinessObject(scope).get('laneSets') ?? []).flatMap((set) => set.get('lanes')) : []);

/** The drawn lane around an element; what is in a sub-process is in the lane of the sub-process. */
export function laneOf(registry, element) {
  for (let around = element; around; around = around.host ?? around.parent) {
    const object = getBusinessObject(around);
    const lane = lanesOf(registry).find((each) => (getBusinessObject(each).flowNodeRef ?? []).includes(object));
    if (lane) return lane;
  }
  return null;
}

/** The post of a step: the name of the innermost lane around it. */
export function postOf(registry, element) {
  for (let around = element; around; around = around.host ?? around.parent) {
    const hidden = hiddenLanes(around.parent).find((lane) => lane.get('flowNodeRef').includes(getBusinessObject(around)));
    if (hidden) return hidden.name ?? '';
  }
  const lane = laneOf(registry, element);
  return lane ? (getBusinessObject(lane).name ?? '') : '';
}

/** Puts a step of a sub-process into one of its lanes, which is made if there is none of that name. */
function assignWithin(bench, element, post) {
  const { edits } = bench;
  const scope = element.parent;
  const object = getBusinessObject(element);
  const process = getBusinessObject(scope);
  edits.batch(() => {
    for (const lane of hiddenLanes(scope)) {
      const rest = lane.get('flowNodeRef').filter((each) => each !== object);
      if (rest.length < lane.get('flowNodeRef').length) edits.setWithin(scope, lane, { flowNodeRef: rest });
    }
    const found = hiddenLanes(scope).find((lane) => lane.name === post);
    if (found) return edits.setWithin(scope, found, { flowNodeRef: [...found.get('flowNodeRef'), object] });
    const [first] = process.get('laneSets');
    const set = first ?? edits.create('bpmn:LaneSet', { lanes: [] }, process);
    const lane = edits.create('bpmn:Lane', { name: post, flowNodeRef: [object] }, set);
    if (first) return edits.setWithin(scope, set, { lanes: [...set.get('lanes'), lane] });
    set.lanes = [lane];
    return edits.setWithin(scope, process, { laneSets: [set] });
  });
}

/** Boundary events of a step, and what only they lead to. */
export function trailOf(host) {
  const found = [];
  const waiting = [...(host.attachers ?? []).filter((each) => is(each, 'bpmn:BoundaryEvent'))];
  const own = new Set(waiting);
  while (waiting.length) {
    for (const { target } of waiting.pop().outgoing ?? []) {
      if (own.has(target) || !target.incoming.every(({ source }) => own.has(source))) continue;
      own.add(target);
      found.push(target);
      waiting.push(target, ...(target.attachers ?? []));
    }
  }
  return found;
}

const meets = (a, b) => a.x < b.x + b.width + GAP && b.x < a.x + a.width + GAP && a.y < b.y + b.height + GAP && b.y < a.y + a.height + GAP;

function freePlace(registry, moved, lane) {
  const [first] = moved;
  const others = registry.filter((each) => is(each, 'bpmn:FlowNode') && !each.labelTarget && !moved.includes(each) && each.host !== first);
  const y = lane.y + Math.max((lane.height - first.height) / 2 - (moved.length > 1 ? 60 : 0), GAP);
  for (let step = 0; step < 40; step += 1) {
    const place = { x: first.x + step * 40, y, width: first.width, height: first.height };
    if (place.x + place.width > lane.x + lane.width - GAP) break;
    if (!others.some((each) => meets(place, each))) return place;
  }
  return { x: first.x, y };
}

/** Moves a step with its reminders into a lane, beside what is there. */
export function moveToLane(bench, element, lane) {
  const modeling = bench.modeler.get('modeling');
  const moved = [element, ...trailOf(element)];
  const place = freePlace(bench.edits.registry, moved, lane);
  const delta = { x: Math.round(place.x - element.x), y: Math.round(place.y - element.y) };
  modeling.moveElements(moved, delta, element.parent);
}

/** A new lane for a post at the bottom of the pool, or null where nothing is drawn as a pool. */
export function addLane(bench, name) {
  const { registry } = bench.edits;
  const modeling = bench.modeler.get('modeling');
  const lanes = lanesOf(registry);
  const pool = registry.find((each) => is(each, 'bpmn:Participant'));
  if (!pool) return null;
  const below = lanes.length ? lanes.reduce((lowest, each) => (each.y + each.height > lowest.y + lowest.height ? each : lowest)) : pool;
  const lane = modeling.addLane(below, 'bottom');
  modeling.updateProperties(lane, { name });
  return lane;
}

/** Puts a step into the lane of a post, which is made if there is none. Returns whether it could. */
export function assignPost(bench, element, post) {
  const { registry } = bench.edits;
  if (is(element.parent, 'bpmn:SubProcess')) {
    assignWithin(bench, element, post);
    return true;
  }
  if (!registry.find((each) => is(each, 'bpmn:Participant'))) return false;
  bench.edits.batch(() => {
    const lane = lanesOf(registry).find((each) => getBusinessObject(each).name === post) ?? addLane(bench, post);
    moveToLane(bench, element, lane);
  });
  return true;
}

/** Draws a pool around everything, with a lane for a post. */
export function addPool(bench, name, post) {
  const { modeler } = bench;
  const root = modeler.get('canvas').getRootElement();
  bench.edits.batch(() => {
    const shapes = root.children.filter((each) => !each.waypoints);
    const left = Math.min(...shapes.map((each) => each.x));
    const top = Math.min(...shapes.map((each) => each.y));
    const right = Math.max(...shapes.map((each) => each.x + each.width));
    const bottom = Math.max(...shapes.map((each) => each.y + each.height));
    const size = { width: Math.max(right - left + 140, 600), height: Math.max(bottom - top + 120, 250) };
    const made = modeler.get('elementFactory').createParticipantShape(size);
    const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
    const pool = modeler.get('modeling').createShape(made, middle, root);
    modeler.get('modeling').updateProperties(pool, { name });
    if (!post) return;
    const lane = modeler.get('modeling').addLane(pool, 'bottom');
    const first = lanesOf(bench.edits.registry).find((each) => each !== lane);
    modeler.get('modeling').updateProperties(first, { name: post });
    modeler.get('modeling').removeShape(lane);
  });
}
