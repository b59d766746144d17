// The rows of a paper as a list of chips: what stands where, moved by key and by dragging. The paper itself is beside it.
import { element } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';
import { at, hasRoom, kindOf, rowsOf, signaturesOf, sourceOf } from './document.js';

addEnglish({
  '第 {row} 行': 'Row {row}', '加一格': 'Add a cell', '添加一行': 'Add a row', 加文字: 'Add text', 加表格: 'Add a table', 加金额: 'Add amounts', 加分支汇总: 'Add a list of branches', 签名栏: 'Signatures', 加签名: 'Add a signature',
  文字: 'Text', 金额: 'Amounts', 表格: 'Table', 分支汇总: 'List of branches', 手写: 'By hand', 签名: 'Signature', 签名日期: 'Day of signing', 变量: 'Variable', '（没有标题）': '(no label)', '这一行上移': 'Move this row up', '这一行下移': 'Move this row down', 单据的设置: 'The paper itself',
});

const KIND_WORDS = { text: '文字', amounts: '金额', table: '表格', branches: '分支汇总' };
const SOURCE_WORDS = { step: '签名', day: '签名日期', variable: '变量', blank: '手写' };
const keyOf = (place) => JSON.stringify(place);

function chip(bench, place, block, text, kind) {
  const selected = keyOf(place) === keyOf(bench.place ?? {});
  const made = element('button', { type: 'button', class: 'hq-papers-chip', 'aria-pressed': String(selected), draggable: 'true', 'data-at': keyOf(place) }, element('span', {}, text), ...(kind ? [element('small', {}, kind)] : []));
  made.addEventListener('click', () => bench.select(place));
  made.addEventListener('dragstart', (event) => {
    event.dataTransfer.setData('application/x-place', keyOf(place));
    event.dataTransfer.effectAllowed = 'move';
  });
  return made;
}

function describe(block) {
  const kind = kindOf(block);
  if (kind === 'text') return [block.text.slice(0, 24), word(KIND_WORDS.text)];
  const label = (block.label ?? '').replace('\n', '') || word('（没有标题）');
  if (kind !== 'cell') return [kind === 'amounts' ? label : (block.columns ?? []).map((column) => column.label.replace('\n', '')).join(' · '), word(KIND_WORDS[kind])];
  const source = sourceOf(block);
  return [label, source === 'field' ? '' : word(SOURCE_WORDS[source])];
}

function rowLine(bench, row, number) {
  const cells = row.map((block, cell) => chip(bench, { row: number, cell }, block, ...describe(block)));
  const columns = row.flatMap((block, cell) => (block.columns && bench.place?.row === number ? block.columns.map((column, index) => chip(bench, { row: number, cell, column: index }, column, column.label.replace('\n', ''), '')) : []));
  const add = hasRoom(row) ? [button('+', word('加一格'), () => bench.addCell(number))] : [];
  const line = element(
    'li',
    { class: 'hq-papers-row' },
    element('div', { class: 'hq-papers-cells', role: 'group', 'aria-label': word('第 {row} 行', { row: number + 1 }) }, ...cells, ...add),
    element('div', { class: 'hq-papers-move' }, button('↑', word('这一行上移'), () => bench.shiftRow({ row: number, cell: 0 }, -1)), button('↓', word('这一行下移'), () => bench.shiftRow({ row: number, cell: 0 }, 1))),
    ...(columns.length ? [element('div', { class: 'hq-papers-columns', role: 'group' }, ...columns)] : []),
  );
  takesDrops(bench, line, number);
  return line;
}

function takesDrops(bench, line, row) {
  line.addEventListener('dragover', (event) => {
    if (!event.dataTransfer.types.includes('application/x-place')) return;
    event.preventDefault();
    line.classList.add('is-over');
  });
  line.addEventListener('dragleave', () => line.classList.remove('is-over'));
  line.addEventListener('drop', (event) => {
    event.preventDefault();
    const from = JSON.parse(event.dataTransfer.getData('application/x-place') || '{}');
    if (!('row' in from) || 'column' in from) return;
    const onto = event.target.closest('[data-at]');
    const cell = onto ? JSON.parse(onto.dataset.at).cell : undefined;
    bench.drop(from, { row, cell });
  });
}

function button(text, label, onClick) {
  const made = element('button', { type: 'button', class: 'btn btn-sm btn-ghost', 'aria-label': label, title: label }, text);
  made.addEventListener('click', onClick);
  return made;
}

const labelled = (label, onClick) => {
  const made = element('button', { type: 'button', class: 'btn btn-sm' }, label);
  made.addEventListener('click', onClick);
  return made;
};

/** Draws the outline anew; the chip that is selected keeps the focus it had. */
export function drawOutline(container, bench) {
  const had = document.activeElement?.closest('[data-at]') && container.contains(document.activeElement);
  const { file } = bench;
  const signatures = signaturesOf(file).map((each, signature) => chip(bench, { signature }, each, (each.label || word('（没有标题）')).replace('\n', ''), word(SOURCE_WORDS[sourceOf(each)] ?? '签名')));
  container.replaceChildren(
    labelled(word('单据的设置'), () => bench.select(null)),
    element('ol', { class: 'hq-papers-rows' }, ...rowsOf(file).map((row, number) => rowLine(bench, row, number))),
    element('div', { class: 'hq-papers-add' }, ...bench.additions().map(([label, add]) => labelled(label, add))),
    element('h3', {}, word('签名栏')),
    element('div', { class: 'hq-papers-cells', role: 'group', 'aria-label': word('签名栏') }, ...signatures, button('+', word('加签名'), () => bench.addSignature())),
  );
  if (had && bench.place) focusPlace(container, bench.place);
}

export function focusPlace(container, place) {
  for (const each of container.querySelectorAll('[data-at]')) if (each.dataset.at === keyOf(place)) each.focus();
}

/** The place beside another one in the direction of an arrow; the same where there is none. */
export function neighbour(file, place, key) {
  const step = key === 'ArrowLeft' || key === 'ArrowUp' ? -1 : 1;
  const along = key === 'ArrowLeft' || key === 'ArrowRight';
  if ('signature' in place) {
    if (along) return at(file, { signature: place.signature + step }) ? { signature: place.signature + step } : place;
    const last = rowsOf(file).length - 1;
    return step < 0 && last >= 0 ? { row: last, cell: 0 } : place;
  }
  if (along) {
    const part = 'column' in place ? 'column' : 'cell';
    const next = { ...place, [part]: place[part] + step };
    return at(file, next) ? next : place;
  }
  if ('column' in place) return step < 0 ? { row: place.row, cell: place.cell } : place;
  const row = rowsOf(file)[place.row + step];
  if (row) return { row: place.row + step, cell: Math.min(place.cell, row.length - 1) };
  return step > 0 && signaturesOf(file).length ? { signature: 0 } : place;
}
