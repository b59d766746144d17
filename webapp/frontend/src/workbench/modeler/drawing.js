// The palette, the context pad and the menus of the modeler, filled from one table of shapes (shapes.js).
import AlignElements from 'bpmn-js/lib/features/align-elements/AlignElementsContextPadProvider.js';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil.js';
import { getChildLanes } from 'bpmn-js/lib/features/modeling/util/LaneUtil.js';
import { isLabel } from 'diagram-js/lib/util/ModelUtil.js';
import { addEnglish, word } from '../words.js';
import { attributesOf, replacements } from './shapes.js';

addEnglish({ 创建: 'Create: ', 追加: 'Append: ', 设为默认连线: 'Make the default flow', 设为普通连线: 'Make an ordinary flow' });

const local = (type) => type.split(':')[1];
const PALETTE = ['user-task', 'service-task', 'business-rule-task', 'exclusive-gateway', 'parallel-gateway', 'start-event', 'end-event', 'catch-timer', 'sub-process', 'pool'];
const APPENDED = ['user-task', 'exclusive-gateway', 'end-event'];

/** Where a menu opens: under the pad. */
function belowPad(canvas) {
  const pad = canvas.getContainer().querySelector('.djs-context-pad').getBoundingClientRect();
  return { x: pad.left, y: pad.bottom + 5 };
}

/** As the library's, which asks for the pad in a way that it warns of itself. */
export class AlignProvider extends AlignElements {
  _getMenuPosition() {
    return belowPad(this._canvas);
  }
}
AlignProvider.$inject = AlignElements.$inject;

/** What makes shapes of the table: new ones at the pointer, or behind an element. */
export class Drawing {
  constructor(shapes, elementFactory, create, autoPlace, mouse, modeling, selection, canvas, rules) {
    Object.assign(this, { shapes, elementFactory, create, autoPlace, mouse, modeling, selection, canvas, rules });
  }

  make(shape) {
    const { elementFactory } = this;
    if (shape.type === 'Participant') return elementFactory.createParticipantShape();
    const made = elementFactory.createShape(attributesOf(shape));
    if (shape.type !== 'SubProcess') return made;
    return [made, elementFactory.createShape({ type: 'bpmn:StartEvent', x: 40, y: 82, parent: made })];
  }

  start(event, shape, source) {
    const made = this.make(shape);
    // a key has no place: the pointer's last one counts
    const at = event instanceof KeyboardEvent ? this.mouse.getLastMoveEvent() : event;
    const first = Array.isArray(made) ? made[0] : made;
    this.create.start(at, made, { ...(source && { source }), hints: { autoSelect: [first] } });
  }

  append(event, shape, source) {
    const made = this.make(shape);
    const first = Array.isArray(made) ? made[0] : made;
    if (shape.type === 'BoundaryEvent') return this.attach(event, shape, first, source);
    this.autoPlace.append(source, first);
    if (made !== first) this.modeling.createShape(made[1], { x: first.x + 58, y: first.y + 100 }, first);
    return first;
  }

  attach(event, shape, made, host) {
    const place = { x: host.x + host.width / 2, y: host.y + host.height };
    if (host.attachers?.length || this.rules.allowed('shape.attach', { shape: made, target: host, position: place }) !== 'attach') {
      return this.start(event, shape, host);
    }
    const created = this.modeling.createShape(made, place, host, { attach: true });
    this.selection.select(created);
    return created;
  }
}
Drawing.$inject = ['config.shapes', 'elementFactory', 'create', 'autoPlace', 'mouse', 'modeling', 'selection', 'canvas', 'rules'];

export class PaletteProvider {
  constructor(palette, drawing, handTool, lassoTool, spaceTool, globalConnect, translate) {
    Object.assign(this, { drawing, tools: { handTool, lassoTool, spaceTool, globalConnect }, translate });
    palette.registerProvider(this);
  }

  getPaletteEntries() {
    const { handTool, lassoTool, spaceTool, globalConnect } = this.tools;
    const tool = (icon, title, run) => ({ group: 'tools', className: `bpmn-icon-${icon}`, title: this.translate(title), action: { click: run } });
    const entries = {
      'hand-tool': tool('hand-tool', 'Activate hand tool', (event) => handTool.activateHand(event)),
      'lasso-tool': tool('lasso-tool', 'Activate lasso tool', (event) => lassoTool.activateSelection(event)),
      'space-tool': tool('space-tool', 'Activate create/remove space tool', (event) => spaceTool.activateSelection(event)),
      'global-connect-tool': tool('connection-multi', 'Activate global connect tool', (event) => globalConnect.start(event)),
      'tool-separator': { group: 'tools', separator: true },
    };
    for (const shape of this.drawing.shapes.filter(({ id }) => PALETTE.includes(id))) {
      const run = (event) => this.drawing.start(event, shape);
      entries[`create.${shape.id}`] = { group: shape.group.id, className: shape.icon, title: word('创建') + shape.label, action: { dragstart: run, click: run } };
    }
    return entries;
  }
}
PaletteProvider.$inject = ['palette', 'drawing', 'handTool', 'lassoTool', 'spaceTool', 'globalConnect', 'translate'];

function menuEntries(shapes, run) {
  return Object.fromEntries(shapes.map((shape) => [shape.id, { label: shape.label, className: shape.icon, group: shape.group, action: run(shape) }]));
}

export class CreateMenuProvider {
  constructor(popupMenu, drawing) {
    Object.assign(this, { drawing, popupMenu });
    popupMenu.registerProvider('bpmn-create', this);
  }

  getPopupMenuEntries() {
    const { drawing } = this;
    return menuEntries(drawing.shapes, (shape) => {
      // what is carried follows the pointer: the menu must be out of its way
      const run = (event) => {
        this.popupMenu.close();
        drawing.start(event, shape);
      };
      return { click: run, dragstart: run };
    });
  }
}
CreateMenuProvider.$inject = ['popupMenu', 'drawing'];

export class AppendMenuProvider {
  constructor(popupMenu, drawing, rules) {
    Object.assign(this, { drawing, rules, popupMenu });
    popupMenu.registerProvider('bpmn-append', this);
  }

  getPopupMenuEntries(element) {
    const { drawing } = this;
    if (!this.rules.allowed('shape.append', { element })) return {};
    const task = is(element, 'bpmn:Activity');
    const fit = ({ type }) => !['StartEvent', 'Participant'].includes(type) && (type !== 'BoundaryEvent' || task);
    return menuEntries(drawing.shapes.filter(fit), (shape) => ({
      click: (event) => {
        this.popupMenu.close();
        drawing.append(event, shape, element);
      },
      dragstart: (event) => {
        this.popupMenu.close();
        drawing.start(event, shape, element);
      },
    }));
  }
}
AppendMenuProvider.$inject = ['popupMenu', 'drawing', 'rules'];

export class ReplaceMenuProvider {
  constructor(popupMenu, drawing, bpmnReplace, modeling, translate) {
    Object.assign(this, { drawing, bpmnReplace, modeling, translate });
    popupMenu.registerProvider('bpmn-replace', this);
  }

  getPopupMenuEntries(element) {
    if (Array.isArray(element) || isLabel(element)) return {};
    if (is(element, 'bpmn:SequenceFlow')) return this.flowEntries(element);
    if (!is(element, 'bpmn:FlowNode')) return {};
    const object = getBusinessObject(element);
    const definition = object.eventDefinitions?.[0];
    const found = replacements(this.drawing.shapes, {
      type: local(object.$type),
      definition: definition && local(definition.$type),
      cancelActivity: object.cancelActivity,
      inner: is(object.$parent, 'bpmn:SubProcess'),
    });
    return menuEntries(found, (shape) => () => this.bpmnReplace.replaceElement(element, attributesOf(shape)));
  }

  flowEntries(flow) {
    const { source } = flow;
    if (!is(source, 'bpmn:ExclusiveGateway') || source.outgoing.length < 2) return {};
    const object = getBusinessObject(flow);
    const isDefault = getBusinessObject(source).default === object;
    const entry = { action: () => this.modeling.updateProperties(source, { default: isDefault ? undefined : object }) };
    return isDefault
      ? { 'ordinary-flow': { ...entry, label: word('设为普通连线'), className: 'bpmn-icon-connection' } }
      : { 'default-flow': { ...entry, label: word('设为默认连线'), className: 'bpmn-icon-default-flow' } };
  }
}
ReplaceMenuProvider.$inject = ['popupMenu', 'drawing', 'bpmnReplace', 'modeling', 'translate'];

export class ContextPadProvider {
  constructor(contextPad, drawing, modeling, connect, popupMenu, rules, translate) {
    Object.assign(this, { contextPad, drawing, modeling, connect, popupMenu, rules, translate });
    contextPad.registerProvider(this);
  }

  entry(group, icon, title, click, dragstart) {
    return { group, className: `bpmn-icon-${icon}`, title, action: { click, ...(dragstart && { dragstart }) } };
  }

  removal(elements) {
    const allowed = this.rules.allowed('elements.delete', { elements });
    const all = Array.isArray(allowed) ? elements.every((each) => allowed.includes(each)) : allowed;
    return all ? { delete: this.entry('edit', 'trash', this.translate('Delete'), () => this.modeling.removeElements(elements.slice())) } : {};
  }

  getMultiElementContextPadEntries(elements) {
    return this.removal(elements);
  }

  getContextPadEntries(element) {
    if (isLabel(element)) return this.removal([element]);
    return {
      ...(is(element, 'bpmn:Participant') || is(element, 'bpmn:Lane') ? this.laneEntries(element) : {}),
      ...(this.rules.allowed('shape.append', { element }) && !is(element, 'bpmn:EndEvent') ? this.appendEntries(element) : {}),
      ...this.changeEntries(element),
      ...this.connectEntries(element),
      ...this.removal([element]),
    };
  }

  appendEntries(element) {
    const { drawing } = this;
    const found = drawing.shapes.filter(({ id }) => APPENDED.includes(id));
    return Object.fromEntries(
      found.map((shape) => [
        `append.${shape.id}`,
        {
          group: 'model', className: shape.icon, title: word('追加') + shape.label,
          action: { click: (event) => drawing.append(event, shape, element), dragstart: (event) => drawing.start(event, shape, element) },
        },
      ]),
    );
  }

  changeEntries(element) {
    const { popupMenu } = this;
    if (popupMenu.isEmpty(element, 'bpmn-replace')) return {};
    const open = (event) => {
      const title = this.translate('Change element');
      popupMenu.open(element, 'bpmn-replace', { ...belowPad(this.drawing.canvas), cursor: { x: event.x, y: event.y } }, { title, width: 300, search: true });
    };
    return { replace: this.entry('edit', 'screw-wrench', this.translate('Change element'), open) };
  }

  connectEntries(element) {
    const connects = is(element, 'bpmn:FlowNode');
    const start = (event) => this.connect.start(event, element);
    const entries = {};
    if (connects || is(element, 'bpmn:SequenceFlow')) {
      const note = (event) => {
        const made = this.drawing.elementFactory.createShape({ type: 'bpmn:TextAnnotation' });
        this.drawing.autoPlace.append(element, made);
      };
      entries['append.text-annotation'] = this.entry('model', 'text-annotation', this.translate('Add text annotation'), note);
    }
    if (connects && !is(element, 'bpmn:EndEvent')) entries.connect = this.entry('connect', 'connection-multi', this.translate('Connect to other element'), start, start);
    if (is(element, 'bpmn:TextAnnotation')) entries.connect = this.entry('connect', 'connection-multi', this.translate('Connect using association'), start, start);
    return entries;
  }

  laneEntries(element) {
    const { modeling, translate } = this;
    const entries = {
      'lane-insert-above': this.entry('lane-insert-above', 'lane-insert-above', translate('Add lane above'), () => modeling.addLane(element, 'top')),
      'lane-insert-below': this.entry('lane-insert-below', 'lane-insert-below', translate('Add lane below'), () => modeling.addLane(element, 'bottom')),
    };
    // lanes within lanes are no posts: only a pool is divided
    if (is(element, 'bpmn:Participant') && getChildLanes(element).length < 2) {
      const divide = (count) => () => {
        modeling.splitLane(element, count);
        this.contextPad.open(element, true);
      };
      entries['lane-divide-two'] = this.entry('lane-divide', 'lane-divide-two', translate('Divide into two lanes'), divide(2));
      entries['lane-divide-three'] = this.entry('lane-divide', 'lane-divide-three', translate('Divide into three lanes'), divide(3));
    }
    return entries;
  }
}
ContextPadProvider.$inject = ['contextPad', 'drawing', 'modeling', 'connect', 'popupMenu', 'rules', 'translate'];
