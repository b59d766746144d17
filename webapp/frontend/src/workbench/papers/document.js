// A paper as a document: every change is a function that leaves the document it was given alone, so that undoing is going
// back. The paper is the `print` of a form's file, or a file of its own; whatever else the file says stays as it is.
const MOST_CELLS = 4;

/** Where the paper stands in its file: `paperIn(file)` of a form is its `print`. */
export const paperIn = (file) => (file.schema ? (file.print ?? {}) : file);
export const rowsOf = (file) => paperIn(file).rows ?? [];
export const signaturesOf = (file) => paperIn(file).signatures ?? [];

function change(file, work) {
  const copy = structuredClone(file);
  if (copy.schema) copy.print ??= {};
  const paper = paperIn(copy);
  work(paper);
  if (copy.schema && !Object.keys(paper).length) delete copy.print;
  return copy;
}

const KINDS = ['text', 'amounts', 'table', 'branches'];
/** What a block of a row is: a cell, or one of those that have a row for themselves. */
export const kindOf = (block) => KINDS.find((kind) => kind in block) ?? 'cell';

/** What a cell shows: a field, a variable, a signature, or nothing, which is filled in by hand. */
export const sourceOf = (block) => ['field', 'variable', 'step', 'day'].find((key) => key in block) ?? 'blank';

/** A place is `{row, cell}`, with `column` inside a table; `{signature}` below the rows. */
export function at(file, place) {
  if ('signature' in place) return signaturesOf(file)[place.signature];
  const block = rowsOf(file)[place.row]?.[place.cell];
  return 'column' in place ? block?.columns?.[place.column] : block;
}

const listOf = (paper, place) => {
  if ('signature' in place) return [paper.signatures ?? [], place.signature];
  if ('column' in place) return [paper.rows[place.row][place.cell].columns, place.column];
  return [paper.rows[place.row], place.cell];
};

export function addRow(file, block, row = rowsOf(file).length) {
  return change(file, (paper) => {
    paper.rows ??= [];
    paper.rows.splice(row, 0, [block]);
  });
}

/** Whether another cell fits into the row. */
export const hasRoom = (row) => row.length < MOST_CELLS && row.every((block) => kindOf(block) === 'cell');

export function addCell(file, row, block) {
  if (!hasRoom(rowsOf(file)[row])) return file;
  return change(file, (paper) => paper.rows[row].push(block));
}

export function addColumn(file, { row, cell }, column) {
  return change(file, (paper) => paper.rows[row][cell].columns.push(column));
}

export function addSignature(file, signature) {
  return change(file, (paper) => (paper.signatures ??= []).push(signature));
}

/** A row that is empty then goes as well; a table keeps its last column. */
export function remove(file, place) {
  if ('column' in place && at(file, { row: place.row, cell: place.cell }).columns.length < 2) return file;
  return change(file, (paper) => {
    const [list, index] = listOf(paper, place);
    list.splice(index, 1);
    if ('signature' in place && !list.length) delete paper.signatures;
    if ('row' in place && !('column' in place) && !list.length) paper.rows.splice(place.row, 1);
  });
}

/** One place further within its list; `[file, place]`, the same where there is no further. */
export function shift(file, place, step) {
  const key = 'signature' in place ? 'signature' : 'column' in place ? 'column' : 'cell';
  const [list] = listOf(paperIn(file), place);
  const target = place[key] + step;
  if (!list[target]) return [file, place];
  const next = change(file, (paper) => {
    const [found, index] = listOf(paper, place);
    found.splice(target, 0, found.splice(index, 1)[0]);
  });
  return [next, { ...place, [key]: target }];
}

/** The whole row one place up or down; `[file, place]`. */
export function shiftRow(file, place, step) {
  const target = place.row + step;
  if (!rowsOf(file)[target]) return [file, place];
  const next = change(file, ({ rows }) => rows.splice(target, 0, rows.splice(place.row, 1)[0]));
  return [next, { ...place, row: target }];
}

/** A cell into another row, or a row before another; the same file where it does not fit. `[file, place]`. */
export function moveTo(file, from, { row, cell }) {
  const block = at(file, from);
  const rows = rowsOf(file);
  if (cell === undefined || kindOf(block) !== 'cell' || from.row === row) {
    if (from.row === row && cell !== undefined) return shift(file, from, cell - from.cell);
    const target = row > from.row ? row - 1 : row;
    if (rows[from.row].length === 1) return shiftRow(file, from, target - from.row);
    return [addRow(remove(file, from), block, row), { row, cell: 0 }];
  }
  if (!hasRoom(rows[row])) return [file, from];
  const leaves = rows[from.row].length === 1;
  const target = leaves && row > from.row ? row - 1 : row;
  const next = change(remove(file, from), (paper) => paper.rows[target].splice(cell, 0, block));
  return [next, { row: target, cell }];
}

/** Sets a part of what stands at a place; an empty one is taken away. */
export function setPart(file, place, key, value) {
  return change(file, (paper) => {
    const target = place ? listOf(paper, place)[0][listOf(paper, place)[1]] : paper;
    if (value === undefined || value === '' || value === false || value === null) delete target[key];
    else target[key] = value;
  });
}

/** Another source of a cell's value; what belonged to the old one goes. */
export function setSource(file, place, kind, value) {
  return change(file, (paper) => {
    const [list, index] = listOf(paper, place);
    const kept = Object.entries(list[index]).filter(([key]) => !['field', 'variable', 'step', 'day', 'also', 'of', 'choices', 'number', 'of_form'].includes(key));
    list[index] = { ...Object.fromEntries(kept), ...(kind !== 'blank' && { [kind]: value }) };
  });
}

export function replaceLayout(file, { rows, signatures }) {
  return change(file, (paper) => {
    paper.rows = rows;
    if (signatures) paper.signatures = signatures;
    else delete paper.signatures;
  });
}
