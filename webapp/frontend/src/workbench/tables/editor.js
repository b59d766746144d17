// The decision table editor: the sheet, what stands around it, and when what is sent to the server.
import { debounce, element } from '../../lib/dom.js';
import { openDraft } from '../draft.js';
import { translateModule } from '../i18n/translate.js';
import { word } from '../words.js';
import { showBar } from './bar.js';
import { showCell } from './cell.js';
import { showColumn } from './column.js';
import { markSheet, showFindings } from './findings.js';
import { Sheets } from './sheet.js';
import { showTrial } from './trial.js';
import { CHINESE } from './words.js';

const WAIT = 250;

const ask = async (config, url, body) => {
  const response = await fetch(url, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'X-CSRFToken': config.csrf, 'X-Requested-With': 'fetch', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.redirected || (!response.ok && response.status !== 422)) return null;
  return response.json();
};

export async function startEditor(config) {
  const place = (name) => document.querySelector(`[data-table-${name}]`);
  const draft = openDraft(config);
  const sheets = new Sheets({
    container: place('sheet'),
    decisionTable: { additionalModules: [translateModule(CHINESE)] },
    keyboard: { bind: true },
  });
  const xml = await draft.read();
  try {
    const { warnings } = await sheets.importXML(xml, { open: false });
    // what the library could not read it would not write either
    if (warnings.length) throw warnings[0].error ?? new Error(warnings[0].message);
  } catch (error) {
    return refuse(place('sheet'), reasonOf(error, xml));
  }
  const views = sheets.getViews();
  if (!views.length) return refuse(place('sheet'), word('这个文件里没有决策表，可以在“源文件”中修改。'));

  const names = await fetch(config.vocabulary, { credentials: 'same-origin' }).then((found) => (found.ok ? found.json() : {}), () => ({}));
  const context = { config, sheets, names, place, study: { problems: [], tables: {} }, others: [], text: xml, column: null, cell: null, row: null };
  context.open = (view) => openView(context, view);
  context.ask = (url, body) => ask(config, url, body);
  context.service = (name) => sheets.getActiveViewer().get(name);
  context.found = () => context.study.tables[sheets.getActiveView().element.id] ?? { gaps: [], overlaps: [], asks: [] };
  context.renew = debounce(() => renew(context, draft), WAIT);
  context.showSide = () => showSide(context);
  // what only the whole draft shows, as a name that nothing provides
  draft.onProblems((problems) => {
    context.others = problems.filter((problem) => problem.file === config.path);
    showFindings(context);
  });

  await openView(context, views.find((view) => view.element.id === config.name) ?? views[0]);
  showOthers(context);
  await look(context);
  draft.check();
  showPlace(context);
  window.addEventListener('hashchange', () => showPlace(context));
  document.documentElement.dataset.editor = 'ready';
  return context;
}

/** Why a file is not opened; the library's own words are English and speak of its insides. */
function reasonOf(error, xml) {
  const known = xml.includes('https://www.omg.org/spec/DMN/20191111/MODEL/');
  const line = /line: (\d+)/.exec(error.message)?.[1];
  const reason = !known
    ? word('它不是这里能编辑的版本')
    : line
      ? word('第 {line} 行有读不懂的内容', { line: Number(line) + 1 })
      : word('有读不懂的内容');
  return word('打不开这个文件：{reason}。内容没有改动，可以在“源文件”中修改。', { reason });
}

function refuse(place, text) {
  place.replaceChildren(element('p', { class: 'hq-note', role: 'alert' }, text));
  document.documentElement.dataset.editor = 'refused';
}

async function openView(context, view) {
  await context.sheets.open(view);
  context.column = context.cell = context.row = null;
  const bus = context.service('eventBus');
  bus.on('commandStack.changed', () => {
    context.renew();
    showBar(context);
  });
  bus.on('selection.changed', ({ selection }) => select(context, selection));
  bus.on('column.open', ({ column }) => {
    context.column = column;
    context.cell = context.row = null;
    showSide(context);
    context.place('side').querySelector('input, select, textarea')?.focus();
  });
  showBar(context);
  showSide(context);
  watchSheet(context);
}

/** Typing into the side panel takes the selection away from the sheet: what was chosen last stays. */
function select(context, chosen) {
  if (!chosen) return;
  const isCell = Boolean(chosen.row && chosen.col);
  context.row = isCell ? chosen.row : chosen.cells ? chosen : null;
  context.cell = isCell ? chosen : null;
  if (isCell) context.column = chosen.col.businessObject;
  showSide(context);
  showBar(context);
}

function showSide(context) {
  const side = context.place('side');
  let parts = side.querySelectorAll(':scope > section');
  if (!parts.length) {
    side.append(...['column', 'cell', 'trial'].map((name) => element('section', { class: `hq-card hq-table-${name}` })));
    parts = side.querySelectorAll(':scope > section');
    showTrial(context, parts[2]);
  }
  showColumn(context, parts[0]);
  showCell(context, parts[1]);
}

/** The sheet is drawn anew by its library: what was marked is marked again. */
function watchSheet(context) {
  context.watcher?.disconnect();
  context.watcher = new MutationObserver(() => {
    for (const menu of document.querySelectorAll('[aria-label="Decision table context menu"]')) {
      menu.setAttribute('aria-label', word(CHINESE['Decision table context menu']));
    }
    nameNumbers(context);
    markSheet(context);
  });
  nameNumbers(context);
  context.watcher.observe(context.place('sheet'), { childList: true, subtree: true });
}

/** The library leaves the head above the numbers of the rules empty. */
function nameNumbers(context) {
  const head = context.place('sheet').querySelector('th.index-column:empty');
  head?.append(element('span', { class: 'visually-hidden' }, word('序号')));
}

async function renew(context, draft) {
  const { xml } = await context.sheets.saveXML({ format: true });
  if (xml === context.text) return;
  context.text = xml;
  draft.changed(xml);
  await look(context);
  if (!context.place('side').contains(document.activeElement)) showSide(context);
}

async function look(context) {
  const text = context.text;
  const found = await context.ask(context.config.study, { text });
  if (!found || text !== context.text) return;
  context.study = found;
  showFindings(context);
  showTrial(context, context.place('side').querySelector('.hq-table-trial'));
}

/** What else the file holds: other tables to switch to, and decisions that are only kept. */
function showOthers(context) {
  const { sheets, place } = context;
  const views = sheets.getViews();
  const others = (sheets.getDefinitions().drgElement ?? []).filter(
    (each) => each.$type === 'dmn:Decision' && !views.some((view) => view.element === each),
  );
  const notes = others.map((each) => element('p', { class: 'hq-note' }, word('“{name}”不是表格，这里不改，保存时原样保留。', { name: each.name || each.id })));
  if (views.length > 1) {
    const choice = element('select', { class: 'form-select', 'aria-label': word('决策') });
    choice.append(...views.map((view, at) => element('option', { value: at }, view.element.name || view.element.id)));
    choice.value = views.indexOf(sheets.getActiveView());
    choice.addEventListener('change', async () => {
      await context.open(views[choice.value]);
      showFindings(context);
      showTrial(context, place('side').querySelector('.hq-table-trial'));
    });
    notes.unshift(choice);
  }
  place('bar').before(...notes);
}

/** `#rule-id`, `#3` or `#cell-id`: the address that findings lead to. */
function showPlace(context) {
  const wanted = decodeURIComponent(window.location.hash.slice(1));
  if (wanted) goTo(context, wanted);
}

export function goTo(context, wanted) {
  const rows = context.service('sheet').getRoot().rows;
  const row = rows.find((each, at) => each.id === wanted || String(at + 1) === wanted);
  const id = row ? row.cells[0]?.id : wanted;
  const node = id && context.place('sheet').querySelector(`[data-element-id="${CSS.escape(id)}"]`);
  if (!node) return false;
  node.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  context.service('selection').select(id);
  node.querySelector('[contenteditable]')?.focus();
  return true;
}
