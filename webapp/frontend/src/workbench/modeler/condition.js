// A condition as rows of field, operator and value, as far as it is that simple: `amount > 1000 and kind == 'gift'`.
// Reading gives null for anything else, which is then written as text; writing gives what reading understands.

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([\p{L}_][\p{L}\p{N}_]*)|(==|!=|>=|<=|[()[\],.<>-]))/uy;
const WORDS = new Set(['and', 'or', 'not', 'in', 'if', 'else', 'for', 'is', 'lambda']);
const COMPARED = new Set(['==', '!=', '>', '>=', '<', '<=']);

function tokens(source) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    if (!source.slice(TOKEN.lastIndex).trim()) break;
    const match = TOKEN.exec(source);
    if (!match) return null;
    const [, number, text, name, sign] = match;
    if (number !== undefined) found.push({ kind: 'number', value: number });
    else if (text !== undefined) found.push({ kind: 'text', value: unquote(text) });
    else if (name !== undefined && !WORDS.has(name)) found.push({ kind: 'name', value: name });
    else found.push({ kind: 'sign', value: name ?? sign });
  }
  return found;
}

const unquote = (text) => text.slice(1, -1).replace(/\\(.)/g, (whole, sign) => ({ n: '\n', t: '\t' })[sign] ?? sign);
export const quote = (text) => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n')}'`;

class Reader {
  constructor(found) {
    this.found = found;
    this.at = 0;
  }

  peek(value) {
    const token = this.found[this.at];
    return token?.kind === 'sign' && token.value === value;
  }

  take(value) {
    if (!this.peek(value)) return false;
    this.at += 1;
    return true;
  }

  next() {
    this.at += 1;
    return this.found[this.at - 1];
  }

  get done() {
    return this.at >= this.found.length;
  }

  /** A name, or a field of a record: `planned.date` or `day['visits']`. */
  path() {
    const first = this.next();
    if (first?.kind !== 'name' || ['True', 'False', 'None'].includes(first.value)) throw new TypeError('no name');
    let path = first.value;
    for (;;) {
      if (this.take('.')) path += `.${this.expect('name').value}`;
      else if (this.take('[')) {
        path += `[${quote(this.expect('text').value)}]`;
        if (!this.take(']')) throw new TypeError('no end');
      } else break;
    }
    if (this.peek('(')) throw new TypeError('a call');
    return path;
  }

  expect(kind) {
    const token = this.next();
    if (token?.kind !== kind) throw new TypeError(`no ${kind}`);
    return token;
  }

  value() {
    const negative = this.take('-');
    const token = this.found[this.at];
    if (token?.kind === 'number') return { kind: 'number', value: (negative ? '-' : '') + this.next().value };
    if (negative) throw new TypeError('a sign');
    if (token?.kind === 'text') return { kind: 'text', value: this.next().value };
    if (token?.kind === 'name' && ['True', 'False'].includes(token.value)) return { kind: 'truth', value: this.next().value };
    return { kind: 'name', value: this.path() };
  }

  list() {
    const values = [];
    if (!this.take('[')) throw new TypeError('no list');
    while (!this.take(']')) {
      if (values.length && !this.take(',')) throw new TypeError('no comma');
      values.push(this.value());
    }
    return values;
  }

  row() {
    if (this.take('not')) {
      const left = this.path();
      return { left, operator: 'empty' };
    }
    if (this.found[this.at]?.kind === 'text') return this.contained();
    const left = this.path();
    const token = this.found[this.at];
    if (token?.kind !== 'sign' || ['and', 'or', ')'].includes(token.value)) return { left, operator: 'filled' };
    if (this.take('in')) return { left, operator: 'in', values: this.list() };
    if (this.take('not')) {
      if (!this.take('in')) throw new TypeError('no list');
      return { left, operator: 'not in', values: this.list() };
    }
    if (!COMPARED.has(token.value)) throw new TypeError('no operator');
    return { left, operator: this.next().value, values: [this.value()] };
  }

  contained() {
    const value = this.value();
    const inverted = this.take('not');
    if (!this.take('in')) throw new TypeError('no list');
    return { left: this.path(), operator: inverted ? 'lacks' : 'contains', values: [value] };
  }
}

/** `{join: 'and' | 'or', rows: [{left, operator, values}]}`, or null where the builder cannot show it. */
export function readCondition(source) {
  if (!source.trim()) return { join: 'and', rows: [] };
  const found = tokens(source);
  if (!found) return null;
  const reader = new Reader(found);
  try {
    const rows = [reader.row()];
    let join;
    while (!reader.done) {
      const word = reader.next().value;
      if (!['and', 'or'].includes(word) || (join && word !== join)) return null;
      join = word;
      rows.push(reader.row());
    }
    return { join: join ?? 'and', rows };
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function writeValue({ kind, value }) {
  return kind === 'text' ? quote(value) : value;
}

function writeRow({ left, operator, values = [] }) {
  if (operator === 'empty') return `not ${left}`;
  if (operator === 'filled') return left;
  const [first] = values;
  if (operator === 'contains') return `${writeValue(first)} in ${left}`;
  if (operator === 'lacks') return `${writeValue(first)} not in ${left}`;
  if (operator === 'in' || operator === 'not in') return `${left} ${operator} [${values.map(writeValue).join(', ')}]`;
  return `${left} ${operator} ${writeValue(first)}`;
}

/** Whether a row says enough to be written. */
export const isComplete = ({ left, operator, values = [] }) =>
  Boolean(left && operator && (['empty', 'filled'].includes(operator) || (values.length && values.every(({ kind, value }) => kind === 'text' || value !== ''))));

/** The expression; rows that are not complete are left out. */
export function writeCondition({ join, rows }) {
  return rows.filter(isComplete).map(writeRow).join(` ${join} `);
}
