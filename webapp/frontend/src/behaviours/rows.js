// Markup: a container [data-rows="lines"] of [data-row] (or the rows stand beside the template), a
// template[data-row-template="lines"] (or #lines-template), a button [data-add-row="lines"] and, in each row,
// [data-remove-row]. On the container: data-min-rows and data-max-rows; data-added and data-removed, which
// [data-rows-status] says with {row} and {count}. A row with data-spare is taken away: here is the button.
import { renumber } from '../lib/renumber.js';

const NUMBERED = ['name', 'id', 'for', 'list', 'data-name', 'aria-describedby', 'aria-labelledby', 'aria-controls', 'aria-owns'];
const CONTROLS = 'input:not([type=hidden]), select, textarea';

const templateOf = (name) =>
  document.querySelector(`template[data-row-template="${CSS.escape(name)}"]`) ??
  document.getElementById(`${name}-template`) ??
  document.querySelector(`[data-rows="${CSS.escape(name)}"] template`);

const containerOf = (name) =>
  document.querySelector(`[data-rows="${CSS.escape(name)}"]`) ?? templateOf(name)?.parentElement;

const rowsOf = (container) =>
  [...container.children].filter((child) => child.matches('[data-row]') || (child.matches('tr') && child.querySelector('[data-remove-row]')));

function renumberRows(container, name) {
  const rows = rowsOf(container);
  rows.forEach((row, index) => {
    for (const node of [row, ...row.querySelectorAll('*')]) {
      for (const attribute of NUMBERED) {
        const value = node.getAttribute(attribute);
        if (value) node.setAttribute(attribute, renumber(value, name, index));
      }
      if (node.hasAttribute('data-row-number')) node.textContent = String(index + 1);
    }
  });
  const limit = Number(container.dataset.maxRows) || Infinity;
  const least = Number(container.dataset.minRows) || 0;
  for (const button of document.querySelectorAll(`[data-add-row="${CSS.escape(name)}"]`)) button.disabled = rows.length >= limit;
  for (const row of rows) for (const button of row.querySelectorAll('[data-remove-row]')) button.disabled = rows.length <= least;
  return rows;
}

function say(container, name, sentence, values) {
  const place = document.querySelector(`[data-rows-status="${CSS.escape(name)}"]`);
  const text = container.dataset[sentence];
  if (place && text) place.textContent = text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

// Drafts, totals and the forecast listen to the form; a changed number of rows is a change of the form.
function announce(container) {
  container.dispatchEvent(new CustomEvent('hq:rows', { bubbles: true }));
  container.dispatchEvent(new Event('change', { bubbles: true }));
}

function add(name) {
  const template = templateOf(name);
  const container = containerOf(name);
  if (!template || !container) return;
  const fresh = template.content.cloneNode(true);
  const first = fresh.firstElementChild;
  if (template.parentElement === container) template.before(fresh);
  else container.append(fresh);
  const rows = renumberRows(container, name);
  first?.querySelector(CONTROLS)?.focus();
  say(container, name, 'added', { row: rows.length });
  announce(container);
}

function remove(button) {
  const row = button.closest('[data-row], tr');
  const container = row?.parentElement;
  if (!container) return;
  const adders = [...document.querySelectorAll('[data-add-row]')];
  const name = container.dataset.rows ?? adders.find((adder) => containerOf(adder.dataset.addRow) === container)?.dataset.addRow;
  if (!name) return;
  const position = rowsOf(container).indexOf(row);
  row.remove();
  const rows = renumberRows(container, name);
  const next = rows[Math.min(position, rows.length - 1)]?.querySelector(CONTROLS);
  (next ?? adders.find((adder) => adder.dataset.addRow === name))?.focus();
  say(container, name, 'removed', { row: position + 1, count: rows.length });
  announce(container);
}

export function start() {
  document.addEventListener('click', (event) => {
    const adder = event.target.closest('[data-add-row]');
    if (adder) return add(adder.dataset.addRow);
    const remover = event.target.closest('[data-remove-row]');
    return remover ? remove(remover) : undefined;
  });
  for (const container of document.querySelectorAll('[data-rows]')) {
    // the empty row that is offered where no script runs
    container.querySelectorAll('[data-spare]').forEach((row) => row.remove());
    renumberRows(container, container.dataset.rows);
  }
}
