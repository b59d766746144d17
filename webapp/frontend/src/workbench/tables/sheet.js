// The table view of dmn-js with its own heads and cells: plain text instead of an editor for the whole of FEEL, whose
// completion would offer functions that decision tables of this program do not have.
import { createComponentVNode, createVNode, Component } from 'inferno';
import EditingManager from 'dmn-js-shared/lib/base/EditingManager';
import EditableComponent from 'dmn-js-shared/lib/components/EditableComponent';
import DataTypes from 'dmn-js-shared/lib/features/data-types';
import DebounceInput from 'dmn-js-shared/lib/features/debounce-input';
import { is } from 'dmn-js-shared/lib/util/ModelUtil';
import { Cell } from 'table-js/lib/components';
import ContextMenu from 'table-js/lib/features/context-menu';
import EditorActions from 'table-js/lib/features/editor-actions';
import InteractionEvents from 'table-js/lib/features/interaction-events';
import Selection from 'table-js/lib/features/selection';
import Translate from 'diagram-js/lib/i18n/translate';
import Core from 'dmn-js-decision-table/lib/core';
import AddRule from 'dmn-js-decision-table/lib/features/add-rule';
import Annotations from 'dmn-js-decision-table/lib/features/annotations/editor';
import CellSelection from 'dmn-js-decision-table/lib/features/cell-selection';
import TableContextMenu from 'dmn-js-decision-table/lib/features/context-menu';
import CopyCutPaste from 'dmn-js-decision-table/lib/features/copy-cut-paste';
import RuleIndices from 'dmn-js-decision-table/lib/features/decision-rule-indices';
import DecisionRules from 'dmn-js-decision-table/lib/features/decision-rules/DecisionRules';
import Head from 'dmn-js-decision-table/lib/features/decision-table-head';
import DragAndDrop from 'dmn-js-decision-table/lib/features/drag-and-drop';
import TableActions from 'dmn-js-decision-table/lib/features/editor-actions';
import Keyboard from 'dmn-js-decision-table/lib/features/keyboard';
import Modeling from 'dmn-js-decision-table/lib/features/modeling';
import PoweredBy from 'dmn-js-decision-table/lib/features/powered-by';
import Viewer from 'dmn-js-decision-table/lib/Viewer';
import { word } from '../words.js';
import { TYPES } from './words.js';

const ABOVE = 2_000;

class CellText extends EditableComponent {
  render() {
    return createVNode(1, 'div', this.getClassName(), this.getEditor(), 0, { translate: 'no' });
  }
}

class RuleCell extends Component {
  constructor(props, context) {
    super(props, context);
    this.renew = () => this.forceUpdate();
    this.change = (text) => context.injector.get('modeling').editCell(this.props.cell.businessObject, text);
  }

  componentDidMount() {
    // the name of a cell is that of its column
    this.places = [this.props.cell.id, this.props.col.id];
    this.places.forEach((id) => this.context.changeSupport.onElementsChanged(id, this.renew));
  }

  componentWillUnmount() {
    this.places.forEach((id) => this.context.changeSupport.offElementsChanged(id, this.renew));
  }

  render() {
    const { cell, row, col, rowIndex, colIndex } = this.props;
    const isInput = is(cell, 'dmn:UnaryTests');
    const label = word('第 {number} 条规则，{column}', { number: rowIndex + 1, column: titleOf(col.businessObject) });
    return createComponentVNode(2, Cell, {
      className: isInput ? 'input-cell' : 'output-cell',
      elementId: cell.id,
      coords: `${rowIndex}:${colIndex}`,
      'data-row-id': row.id,
      'data-col-id': col.id,
      children: createComponentVNode(2, CellText, {
        className: 'hq-cell-text',
        label,
        ctrlForNewline: true,
        placeholder: isInput ? '-' : '',
        value: cell.businessObject.text,
        onChange: this.change,
      }),
    });
  }
}

/** What people call a column. */
export function titleOf(column) {
  return column.label || column.inputExpression?.text || column.name || word('（没有名称）');
}

/** The type of a column by the name that files use. */
export const typeOf = (column) => (column.inputExpression ? column.inputExpression.typeRef : column.typeRef) || '';

function headOf(kind) {
  return class extends Component {
    constructor(props, context) {
      super(props, context);
      this.renew = () => this.forceUpdate();
      this.open = () => context.injector.get('eventBus').fire('column.open', { column: this.column() });
    }

    column() {
      return this.props[kind];
    }

    componentDidMount() {
      const { changeSupport, injector } = this.context;
      this.places = [this.column().id, this.column().inputExpression?.id, injector.get('sheet').getRoot().id].filter(Boolean);
      this.places.forEach((id) => changeSupport.onElementsChanged(id, this.renew));
    }

    componentWillUnmount() {
      this.places.forEach((id) => this.context.changeSupport.offElementsChanged(id, this.renew));
    }

    render() {
      const column = this.column();
      const listed = (column.inputValues || column.outputValues)?.text;
      const type = word(TYPES[typeOf(column)] ?? '任意');
      const source = column.inputExpression ? column.inputExpression.text : column.name;
      const clause = kind === 'input' ? word('如果') : word('那么');
      return createVNode(1, 'th', `${kind}-cell hq-column`, [
        createVNode(1, 'div', 'clause', clause, 0),
        createVNode(
          1,
          'button',
          'hq-column-name',
          [createVNode(1, 'span', null, titleOf(column), 0), createVNode(1, 'code', null, source || '', 0)],
          0,
          { type: 'button', onClick: this.open, title: word('设置这一列') },
        ),
        createVNode(1, 'div', 'hq-column-type', listed ? [createVNode(1, 'span', null, `${type}：`, 0), createVNode(1, 'code', null, listed, 0)] : type, 0),
      ], 0, { 'data-col-id': column.id });
    }
  };
}

const InputHead = headOf('input');
const OutputHead = headOf('output');

function OwnParts(components) {
  components.onGetComponent('cell', ABOVE, ({ cellType }) => {
    if (cellType === 'rule') return RuleCell;
    if (cellType === 'input-header') return InputHead;
    if (cellType === 'output-header') return OutputHead;
    return undefined;
  });
}
OwnParts.$inject = ['components'];

const own = {
  __depends__: [DebounceInput],
  __init__: ['decisionRules', 'ownParts'],
  decisionRules: ['type', DecisionRules],
  ownParts: ['type', OwnParts],
};

const MODULES = [
  Translate, Core, Head, RuleIndices, own, PoweredBy, AddRule, Annotations, CellSelection, ContextMenu, CopyCutPaste, DataTypes,
  DragAndDrop, EditorActions, InteractionEvents, Keyboard, Modeling, Selection, TableActions, TableContextMenu,
];

class Sheet extends Viewer {
  getModules() {
    return MODULES;
  }
}

/** The tables of one file; everything else in it is kept as it is. */
export class Sheets extends EditingManager {
  _getViewProviders() {
    return [
      {
        id: 'decisionTable',
        constructor: Sheet,
        opens: (element) => is(element, 'dmn:Decision') && is(element.decisionLogic, 'dmn:DecisionTable'),
      },
    ];
  }
}

