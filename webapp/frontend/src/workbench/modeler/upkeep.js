// What nothing in the drawing stands for any more leaves the file with it, in the same undo step.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';
import { hiddenLanes } from './lanes.js';

/** Messages that no event waits for any more leave the file. */
export function sweepMessages(edits, modeler) {
  const definitions = modeler.getDefinitions();
  const all = definitions.get('rootElements');
  const awaited = new Set(edits.registry.getAll().flatMap((each) => (getBusinessObject(each)?.eventDefinitions ?? []).map((definition) => definition.messageRef)));
  const kept = all.filter((each) => !is(each, 'bpmn:Message') || awaited.has(each));
  if (kept.length < all.length) edits.setWithin(modeler.get('canvas').getRootElement(), definitions, { rootElements: kept });
}

/** Lanes of sub-processes are not drawn, so the library does not strike a removed step from them. */
function sweepLanes(edits, removed) {
  for (const scope of edits.registry.filter((each) => is(each, 'bpmn:SubProcess') && !each.labelTarget)) {
    for (const lane of hiddenLanes(scope)) {
      const kept = lane.get('flowNodeRef').filter((each) => each !== removed);
      if (kept.length < lane.get('flowNodeRef').length) edits.setWithin(scope, lane, { flowNodeRef: kept });
    }
  }
}

export function tidyAfterRemoval(modeler, edits) {
  modeler.get('eventBus').on('commandStack.shape.delete.postExecuted', ({ context }) => {
    const object = getBusinessObject(context.shape);
    if (context.shape.labelTarget || !is(object, 'bpmn:FlowNode')) return;
    sweepLanes(edits, object);
    if (object.eventDefinitions?.some((each) => is(each, 'bpmn:MessageEventDefinition'))) sweepMessages(edits, modeler);
  });
}
