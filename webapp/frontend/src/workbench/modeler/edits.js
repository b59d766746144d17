// Every change of the panel goes through the command stack, one undo step a change.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';

export const BATCH = 'bench.batch';

/** Several changes as one undo step. */
export class BatchHandler {
  preExecute(context) {
    context.run();
  }
}

const NAMESPACE = 'spiffworkflow:';

export class Edits {
  constructor(modeler) {
    this.modeler = modeler;
    this.modeling = modeler.get('modeling');
    this.factory = modeler.get('bpmnFactory');
    this.registry = modeler.get('elementRegistry');
  }

  batch(run) {
    this.modeler.get('commandStack').execute(BATCH, { run });
  }

  set(element, properties) {
    this.modeling.updateProperties(element, properties);
  }

  setWithin(element, object, properties) {
    this.modeling.updateModdleProperties(element, object, properties);
  }

  create(type, properties, parent) {
    const made = this.factory.create(type, properties);
    if (parent) made.$parent = parent;
    return made;
  }

  /** The extension of that local name, as `Properties`, or undefined. */
  extension(element, name) {
    const extensions = getBusinessObject(element).get('extensionElements');
    return extensions?.get('values').find((each) => each.$type === NAMESPACE + name);
  }

  /** Puts `made` in the place of the extension of its kind; null takes it away. */
  setExtension(element, name, made) {
    const object = getBusinessObject(element);
    const before = object.get('extensionElements')?.get('values') ?? [];
    const place = before.findIndex((each) => each.$type === NAMESPACE + name);
    const values = before.filter((each) => each.$type !== NAMESPACE + name);
    if (made) values.splice(place < 0 ? values.length : place, 0, made);
    const extensions = values.length ? this.create('bpmn:ExtensionElements', { values }, object) : undefined;
    for (const value of values) value.$parent = extensions;
    this.set(element, { extensionElements: extensions });
  }

  property(element, name) {
    return this.extension(element, 'Properties')?.get('properties').find((each) => each.name === name)?.value ?? '';
  }

  /** Changes properties of a step or an end event at once; an empty value takes one away, the order of the others stays. */
  setProperties(element, changes) {
    const found = this.extension(element, 'Properties')?.get('properties') ?? [];
    const values = new Map(found.map((each) => [each.name, each.value]));
    for (const [name, value] of Object.entries(changes)) {
      if (value) values.set(name, value);
      else values.delete(name);
    }
    const properties = [...values].map(([name, value]) => this.create('spiffworkflow:Property', { name, value }));
    this.setExtension(element, 'Properties', properties.length ? this.holder('Properties', 'properties', properties) : null);
  }

  holder(type, list, items) {
    const made = this.create(NAMESPACE + type, { [list]: items });
    for (const item of items) item.$parent = made;
    return made;
  }

  operator(element) {
    return this.extension(element, 'ServiceTaskOperator');
  }

  parameters(element) {
    const found = this.operator(element)?.get('parameterList')?.get('parameters') ?? [];
    return Object.fromEntries(found.map((each) => [each.id, each.value ?? '']));
  }

  /** A service task runs `operation` with the expressions in `parameters`; empty ones are left out. */
  setOperator(element, operation, parameters) {
    const types = this.operator(element)?.get('parameterList')?.get('parameters') ?? [];
    const typeOf = (id) => types.find((each) => each.id === id)?.type ?? 'str';
    const items = Object.entries(parameters).filter(([, value]) => value);
    const made = items.map(([id, value]) => this.create('spiffworkflow:Parameter', { id, type: typeOf(id), value }));
    const before = this.operator(element);
    const operator = this.create('spiffworkflow:ServiceTaskOperator', { id: operation, resultVariable: before?.resultVariable });
    // also empty: the engine looks for the list
    operator.parameterList = this.holder('Parameters', 'parameters', made);
    operator.parameterList.$parent = operator;
    this.setExtension(element, 'ServiceTaskOperator', operation ? operator : null);
  }

  body(element, name) {
    return this.extension(element, name)?.value ?? '';
  }

  setBody(element, name, value) {
    this.setExtension(element, name, value ? this.create(NAMESPACE + name, { value }) : null);
  }

  condition(flow) {
    return getBusinessObject(flow).conditionExpression?.body ?? '';
  }

  setCondition(flow, source) {
    const object = getBusinessObject(flow);
    const conditionExpression = source ? this.create('bpmn:FormalExpression', { body: source }, object) : undefined;
    this.set(flow, { conditionExpression });
  }

  /** Renames an element and what names it in the diagram: the steps that reminders and escalations are about. */
  rename(element, id) {
    const before = getBusinessObject(element).id;
    this.batch(() => {
      for (const task of this.registry.filter((each) => is(each, 'bpmn:ServiceTask') && !each.labelTarget)) {
        const parameters = this.parameters(task);
        if (parameters.step !== `'${before}'`) continue;
        this.setOperator(task, this.operator(task).id, { ...parameters, step: `'${id}'` });
      }
      this.set(element, { id });
    });
  }
}
