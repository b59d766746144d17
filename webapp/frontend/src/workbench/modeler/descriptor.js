// What the diagrams of this product have beside plain BPMN, for the moddle library: only what is described here survives
// being loaded and saved with its parts.
import bpmn from 'bpmn-moddle/resources/bpmn/json/bpmn.json' with { type: 'json' };

const text = (name, also = {}) => ({ name, superClass: ['Element'], properties: [{ name: 'value', isBody: true, type: 'String' }], ...also });
const attribute = (name) => ({ name, isAttr: true, type: 'String' });

export const spiffworkflow = {
  name: 'SpiffWorkflow',
  prefix: 'spiffworkflow',
  uri: 'http://spiffworkflow.org/bpmn/schema/1.0/core',
  xml: { tagAlias: 'lowerCase' },
  associations: [],
  types: [
    text('CalledDecisionId', { meta: { allowedIn: ['bpmn:BusinessRuleTask'] } }),
    text('InstructionsForEndUser'),
    text('MessageVariable'),
    text('PreScript'),
    text('PostScript'),
    {
      name: 'Properties',
      superClass: ['Element'],
      meta: { allowedIn: ['bpmn:UserTask', 'bpmn:EndEvent'] },
      properties: [{ name: 'properties', type: 'Property', isMany: true }],
    },
    { name: 'Property', superClass: ['Element'], properties: [attribute('name'), attribute('value')] },
    {
      name: 'ServiceTaskOperator',
      superClass: ['Element'],
      meta: { allowedIn: ['bpmn:ServiceTask'] },
      properties: [attribute('id'), attribute('resultVariable'), { name: 'parameterList', type: 'Parameters' }],
    },
    { name: 'Parameters', superClass: ['Element'], properties: [{ name: 'parameters', type: 'Parameter', isMany: true }] },
    { name: 'Parameter', superClass: ['Element'], properties: [attribute('id'), attribute('type'), attribute('value')] },
  ],
};

/**
 * BPMN itself, with the two names of a loop's lists as text. The standard calls them references to data objects; here they
 * name variables of the case, and the library would drop a reference that leads nowhere.
 */
function withNamedLists() {
  const own = structuredClone(bpmn);
  const loop = own.types.find((type) => type.name === 'MultiInstanceLoopCharacteristics');
  for (const name of ['loopDataInputRef', 'loopDataOutputRef']) {
    const property = loop.properties.find((each) => each.name === name);
    Object.assign(property, { type: 'String' });
    delete property.isReference;
    delete property.isAttr;
  }
  return own;
}

export const descriptors = { bpmn: withNamedLists(), spiffworkflow };
