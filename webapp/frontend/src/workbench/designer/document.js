// A form as a document: every change as a function that leaves the document it was given alone, so that undoing is going
// back to the one before. Keys that nothing here knows stay where they are, in their order.
import { KINDS, freshName } from './kinds.js';

const WIDE = 118;
const clone = (value) => structuredClone(value);

/** The document of a text. Throws where it is no form: the sentence is the server's to say. */
export function parse(text) {
  const form = JSON.parse(text);
  if (typeof form !== 'object' || form === null || typeof form.schema?.properties !== 'object' || !Array.isArray(form.layout)) throw new Error('not a form');
  return form;
}

/** The text of a document: what fits stands on one line, as people write such files. */
export function format(value, indent = '') {
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ').replace(/([{[]) /g, '$1').replace(/ ([}\]])/g, '$1');
  if (value === null || typeof value !== 'object' || (indent && flat.length + indent.length <= WIDE)) return flat;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((each) => inner + format(each, inner))
    : Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${format(each, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return parts.length ? `${open}\n${parts.join(',\n')}\n${indent}${close}` : flat;
}

export const fieldOf = (form, name) => form.schema.properties[name];
export const columnsOf = (field) => field?.items?.properties ?? {};

/** Where a field stands: `{section, index, width}`, or null for one that no section shows. */
export function placeOf(form, name) {
  for (const [section, { fields = [] }] of form.layout.entries()) {
    const index = fields.findIndex((entry) => entry[0] === name);
    if (index >= 0) return { section, index, width: fields[index][1] };
  }
  return null;
}

/** The fields in the order in which they are shown. */
export const order = (form) => form.layout.flatMap(({ fields = [] }) => fields.map((entry) => entry[0]));

const change = (form, work) => {
  const copy = clone(form);
  work(copy);
  return copy;
};

function rebuilt(record, entries) {
  for (const key of Object.keys(record)) delete record[key];
  for (const [key, value] of entries) record[key] = value;
}

/** A new field of a kind; `[form, name]`. `words` turns the kind's words into the reader's language. */
export function addField(form, kind, { section = form.layout.length - 1, index, made, name, title } = {}) {
  const { stem, width = 6 } = KINDS[kind] ?? {};
  const chosen = freshName(name ?? stem, new Set(Object.keys(form.schema.properties)));
  const next = change(form, (copy) => {
    if (!copy.layout.length) copy.layout.push({ title: copy.title, fields: [] });
    const target = copy.layout[Math.max(section, 0)];
    target.fields ??= [];
    copy.schema.properties[chosen] = { ...clone(made ?? KINDS[kind].made), title: title ?? made?.title ?? KINDS[kind].title };
    target.fields.splice(index ?? target.fields.length, 0, [chosen, width]);
  });
  return [next, chosen];
}

export function moveField(form, name, section, index) {
  return change(form, (copy) => {
    const from = placeOf(copy, name);
    const entry = from ? copy.layout[from.section].fields.splice(from.index, 1)[0] : [name, 6];
    const shifted = from && from.section === section && from.index < index ? index - 1 : index;
    copy.layout[section].fields ??= [];
    copy.layout[section].fields.splice(shifted, 0, entry);
  });
}

/** One place up or down, into the next section at the ends; the same form where there is no further. */
export function stepField(form, name, step) {
  const { section, index } = placeOf(form, name);
  const { fields } = form.layout[section];
  if (index + step >= 0 && index + step < fields.length) return moveField(form, name, section, index + (step > 0 ? 2 : -1));
  const next = form.layout[section + step];
  return next ? moveField(form, name, section + step, step > 0 ? 0 : (next.fields?.length ?? 0)) : form;
}

/** The field and everything in the form that only spoke of it. Conditions that read it are for the check to name. */
export function removeField(form, name) {
  return change(form, (copy) => {
    delete copy.schema.properties[name];
    if (copy.schema.required) copy.schema.required = copy.schema.required.filter((each) => each !== name);
    for (const section of copy.layout) {
      section.fields = section.fields?.filter(([each]) => each !== name);
      if (section.shown_for && name in section.shown_for) delete section.shown_for[name];
      if (section.shown_for && !Object.keys(section.shown_for).length) delete section.shown_for;
    }
    if (copy.rules) copy.rules = copy.rules.filter((rule) => rule.field.split('/')[0] !== name);
    for (const rights of Object.values(copy.steps ?? {})) {
      for (const part of ['hide', 'edit']) if (rights[part]) rights[part] = rights[part].filter((each) => each.split('/')[0] !== name);
    }
  });
}

export function setWidth(form, name, width) {
  return change(form, (copy) => {
    const { section, index } = placeOf(copy, name);
    copy.layout[section].fields[index][1] = width;
  });
}

/** Sets a part of what `pick(form)` finds; an empty text, null or undefined takes it away. */
export function setPart(form, pick, key, value) {
  return change(form, (copy) => {
    const target = pick(copy);
    const empty = value === undefined || value === null || value === '' || (typeof value === 'object' && !Object.keys(value).length);
    if (empty) delete target[key];
    else target[key] = value;
  });
}

export const setField = (form, name, key, value) => setPart(form, (copy) => fieldOf(copy, name), key, value);

/** Whether a field, or a column of one as `lines/gift`, has to be filled in. */
export function isRequired(form, path) {
  const [name, column] = path.split('/');
  const schema = column ? fieldOf(form, name).items : form.schema;
  return (schema.required ?? []).includes(column ?? name);
}

export function setRequired(form, path, on) {
  const [name, column] = path.split('/');
  return change(form, (copy) => {
    const schema = column ? fieldOf(copy, name).items : copy.schema;
    const others = (schema.required ?? []).filter((each) => each !== (column ?? name));
    schema.required = on ? [...others, column ?? name] : others;
  });
}

// sections

export function addSection(form, title, index = form.layout.length) {
  return change(form, (copy) => copy.layout.splice(index, 0, { title, fields: [] }));
}

/** Its fields go to the section before it, or behind it where it is the first; the last section stays. */
export function removeSection(form, index) {
  if (form.layout.length < 2) return form;
  return change(form, (copy) => {
    const [gone] = copy.layout.splice(index, 1);
    const heir = copy.layout[Math.max(index - 1, 0)];
    heir.fields = index ? [...(heir.fields ?? []), ...(gone.fields ?? [])] : [...(gone.fields ?? []), ...(heir.fields ?? [])];
  });
}

export function moveSection(form, index, step) {
  if (!form.layout[index + step]) return form;
  return change(form, (copy) => copy.layout.splice(index + step, 0, copy.layout.splice(index, 1)[0]));
}

// columns of rows, and items of amounts: `part` is where they are

const inner = (form, name) => fieldOf(form, name).items ?? fieldOf(form, name);

export function addColumn(form, name, kind, title) {
  const { stem, made } = KINDS[kind];
  return change(form, (copy) => {
    const { properties } = inner(copy, name);
    properties[freshName(stem, new Set(Object.keys(properties)))] = { ...clone(made), title };
  });
}

export function removeColumn(form, name, column) {
  return change(form, (copy) => {
    const target = inner(copy, name);
    delete target.properties[column];
    if (target.required) target.required = target.required.filter((each) => each !== column);
    if (copy.rules) copy.rules = copy.rules.filter((rule) => rule.field !== `${name}/${column}`);
    for (const rights of Object.values(copy.steps ?? {})) {
      for (const part of ['hide', 'edit']) if (rights[part]) rights[part] = rights[part].filter((each) => each !== `${name}/${column}`);
    }
  });
}

export function moveColumn(form, name, column, step) {
  return change(form, (copy) => {
    const { properties } = inner(copy, name);
    const entries = Object.entries(properties);
    const index = entries.findIndex(([key]) => key === column);
    if (!entries[index + step]) return;
    entries.splice(index + step, 0, entries.splice(index, 1)[0]);
    rebuilt(properties, entries);
  });
}

export const setColumn = (form, name, column, key, value) => setPart(form, (copy) => inner(copy, name).properties[column], key, value);

// rights

/** What a step may do with a field or a column: `hide`, `read` or `edit`. */
export function rightAt(form, step, path) {
  const { hide = [], edit } = form.steps?.[step] ?? {};
  const whole = path.split('/')[0];
  if (hide.includes(path) || hide.includes(whole)) return 'hide';
  if (!edit || edit.includes(path)) return 'edit';
  if (!path.includes('/')) return edit.some((each) => each.startsWith(`${path}/`)) ? 'edit' : 'read';
  const narrowed = edit.some((each) => each.startsWith(`${whole}/`));
  return edit.includes(whole) && !narrowed ? 'edit' : 'read';
}

/**
 * Gives a step a right to some fields. `all` are the paths of every field, from which the list of a step begins; one that
 * does not fill the form has no such list, because there is nothing that it might type into.
 */
export function setRight(form, step, paths, right, all, fills = true) {
  return change(form, (copy) => {
    copy.steps ??= {};
    const rights = (copy.steps[step] ??= {});
    const without = (list) => (list ?? []).filter((each) => !paths.includes(each) && !paths.includes(each.split('/')[0]));
    const hide = without(rights.hide);
    let edit = rights.edit ?? (fills && right === 'read' ? all.filter((each) => !each.includes('/')) : undefined);
    if (right === 'hide') hide.push(...paths);
    if (edit) {
      const spread = new Set(paths.filter((each) => each.includes('/')).map((each) => each.split('/')[0]));
      edit = edit.flatMap((each) => (spread.has(each) ? all.filter((path) => path.startsWith(`${each}/`)) : [each]));
      edit = without(edit);
      if (right === 'edit') edit.push(...paths);
      rights.edit = edit;
    }
    if (hide.length) rights.hide = hide;
    else delete rights.hide;
    if (!Object.keys(rights).length) delete copy.steps[step];
    if (!Object.keys(copy.steps).length) delete copy.steps;
  });
}

/** The states of a document while it is edited; `undo` and `redo` give the state to go to, or undefined. */
export class Timeline {
  #states;
  #at = 0;

  constructor(first) {
    this.#states = [first];
  }

  get now() {
    return this.#states[this.#at];
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#states.length - 1;
  }

  put(form) {
    if (form === this.now) return false;
    this.#states.length = this.#at + 1;
    this.#states.push(form);
    this.#at += 1;
    return true;
  }

  step(by) {
    const next = this.#states[this.#at + by];
    if (next) this.#at += by;
    return next;
  }
}
