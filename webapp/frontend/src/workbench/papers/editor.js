// The editor of a paper: what is selected, what was done, and the real page beside it, which the server makes anew after
// every change.
import { debounce } from '../../lib/dom.js';
import { Timeline, format } from '../designer/document.js';
import { openDraft } from '../draft.js';
import { showProblems } from '../problems.js';
import { addEnglish, word } from '../words.js';
import { addCell, addRow, addSignature, at, moveTo, paperIn, remove, replaceLayout, rowsOf, shift, shiftRow } from './document.js';
import { drawOutline, focusPlace, neighbour } from './outline.js';
import { drawPanel } from './panel.js';

addEnglish({
  已移动: 'Moved', 已删除: 'Removed', 已添加: 'Added', 已撤销: 'Undone', 已重做: 'Done again', '已按字段生成，不合适可以撤销': 'Made from the fields; it can be undone', '这份文件不是有效的 JSON，请在“源文件”中改正。': 'This file is not valid JSON. Mend it in its source.', 新的一格: 'New cell', '请写上文字': 'Your text', 签名: 'Signature', 新列: 'New column',
});

const ARROWS = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'];

export async function startEditor(config) {
  const root = document.querySelector('[data-papers]');
  const area = (name) => root.querySelector(`[data-area="${name}"]`);
  const draft = openDraft(config);
  let file;
  try {
    file = JSON.parse(await draft.read());
  } catch {
    area('problems').textContent = word('这份文件不是有效的 JSON，请在“源文件”中改正。');
    return;
  }
  const timeline = new Timeline(file);
  const text = () => `${format(timeline.now)}\n`;
  const say = (what) => {
    area('said').textContent = word(what);
  };
  const ask = (url) =>
    fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': config.csrf, 'X-Requested-With': 'fetch' },
      body: JSON.stringify({ path: config.path, text: text() }),
    }).then((response) => (response.redirected ? { problems: [] } : response.json()));

  const bench = {
    place: null,
    names: {},
    get file() {
      return timeline.now;
    },
    select(place) {
      bench.place = place;
      draw();
      if (place) focusPlace(area('outline'), place);
    },
    put(next, said) {
      if (!timeline.put(next)) return;
      if (said) say(said);
      changed();
    },
    go(next, place = null) {
      bench.place = place;
      bench.put(next, place ? '已移动' : '已删除');
      draw();
    },
    add(next, place) {
      bench.place = place;
      bench.put(next, '已添加');
      focusPlace(area('outline'), place);
    },
    addCell: (row) => bench.add(addCell(bench.file, row, fresh()), { row, cell: rowsOf(bench.file)[row].length }),
    addSignature() {
      const [step] = bench.names.steps;
      const next = addSignature(bench.file, step ? { label: step[1], step: step[0] } : { label: word('签名') });
      bench.add(next, { signature: paperIn(next).signatures.length - 1 });
    },
    shiftRow: (place, step) => bench.go(...shiftRow(bench.file, place, step)),
    drop: (from, to) => bench.go(...moveTo(bench.file, from, to)),
    columnsOf: (block) => (block.branches ? fieldsOf(config.forms[block.branches]?.properties) : fieldsOf(properties()[block.table]?.items?.properties)),
    // a form has a list of branches only of another one
    branchForms: Object.keys(config.forms).filter((name) => config.path !== `forms/${name}.json`),
    fieldsOfForm: (name) => fieldsOf(config.forms[name]?.properties).filter(([, , field]) => !field.properties && !field.items?.properties),
    additions: () => additions(bench),
  };
  const properties = () => (bench.file.schema ? bench.file.schema.properties : (config.forms[bench.file.form]?.properties ?? {}));

  const fresh = () => {
    const used = JSON.stringify(rowsOf(bench.file));
    const field = bench.names.fields.find(([name, , each]) => !used.includes(`"${name}"`) && !each.properties && !each.items?.properties);
    return field ? { label: field[1], field: field[0] } : { label: word('新的一格') };
  };
  bench.fresh = fresh;

  function rename() {
    const fields = fieldsOf(properties());
    Object.assign(bench.names, {
      fields,
      rows: fields.filter(([, , field]) => field.items?.properties),
      amounts: fields.filter(([, , field]) => field['x-widget'] === 'amounts'),
      steps: config.steps.map(({ id, name }) => [id, name]),
      forms: Object.entries(config.forms).map(([name, form]) => [name, form.title]),
    });
  }
  Object.assign(bench.names, { variables: [], entries: {} });

  function draw() {
    rename();
    drawOutline(area('outline'), bench);
    drawPanel(area('panel'), bench);
    root.querySelector('[data-do="undo"]').disabled = !timeline.canUndo;
    root.querySelector('[data-do="redo"]').disabled = !timeline.canRedo;
  }

  const show = debounce(async () => {
    const answer = await ask(config.preview).catch(() => null);
    if (!answer) return;
    showProblems(area('problems'), answer.problems ?? [], { file: config.path, select: toProblem, nothing: '' });
    if (answer.html) drawSheet(area('sheet'), answer.html, root.dataset.printStyle);
  }, 250);

  function toProblem(element) {
    const found = /rows\/(\d+)\/(\d+)(?:\/columns\/(\d+))?/.exec(element);
    const signed = /signatures\/(\d+)/.exec(element);
    if (found) bench.select({ row: Number(found[1]), cell: Number(found[2]), ...(found[3] && { column: Number(found[3]) }) });
    else if (signed) bench.select({ signature: Number(signed[1]) });
  }

  function changed() {
    if (bench.place && !at(bench.file, bench.place)) bench.place = null;
    draw();
    draft.changed(text());
    show();
  }

  const step = (by, said) => {
    if (timeline.step(by) === undefined) return;
    say(said);
    changed();
  };
  const todo = {
    undo: () => step(-1, '已撤销'),
    redo: () => step(1, '已重做'),
    async propose() {
      const layout = await ask(config.propose);
      if (!layout.rows) return showProblems(area('problems'), layout.problems ?? [], { file: config.path, select: toProblem });
      bench.place = null;
      return bench.put(replaceLayout(bench.file, layout), '已按字段生成，不合适可以撤销');
    },
  };
  for (const button of root.querySelectorAll('[data-do]')) button.addEventListener('click', () => todo[button.dataset.do]());

  // what has the focus may go with what is undone, and the next key is the page's then
  document.addEventListener('keydown', (event) => {
    const typing = event.target.matches('input, textarea, select');
    if ((event.ctrlKey || event.metaKey) && !typing && ['z', 'y'].includes(event.key.toLowerCase())) {
      event.preventDefault();
      (event.key.toLowerCase() === 'y' || event.shiftKey ? todo.redo : todo.undo)();
    } else if (event.target.closest?.('[data-at]')) onChip(event);
    else if (event.key === 'Escape' && bench.place && area('panel').contains(event.target)) focusPlace(area('outline'), bench.place);
  });

  function onChip(event) {
    const place = JSON.parse(event.target.closest('[data-at]').dataset.at);
    if (ARROWS.includes(event.key)) {
      event.preventDefault();
      if (!event.altKey) return bench.select(neighbour(bench.file, place, event.key));
      const by = event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 1;
      const whole = (event.key === 'ArrowUp' || event.key === 'ArrowDown') && 'row' in place && !('column' in place);
      bench.go(...(whole ? shiftRow : shift)(bench.file, place, by));
      return focusPlace(area('outline'), bench.place);
    }
    if (event.key === 'Delete') {
      event.preventDefault();
      bench.go(remove(bench.file, place));
      return area('outline').querySelector('[data-at]')?.focus();
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      bench.select(place);
      area('panel').querySelector('input, select, textarea')?.focus();
    }
    return undefined;
  }

  draw();
  show();
  const response = await fetch(config.vocabulary, { credentials: 'same-origin' }).catch(() => null);
  if (response?.ok) {
    const words = await response.json();
    bench.names.variables = words.names.map(({ name, title }) => [name, title || name]);
    bench.names.entries = Object.fromEntries(words.sources.map((source) => [source.name, source.entries.map(({ name, title }) => [name, title || name])]));
    draw();
  }
  document.documentElement.dataset.papers = 'ready';
}

const fieldsOf = (properties) => Object.entries(properties ?? {}).map(([name, field]) => [name, field.title ?? name, field]);

/** What can be put below the last row, as `[label, action]`. */
function additions(bench) {
  const { rows, amounts } = bench.names;
  const put = (block) => () => bench.add(addRow(bench.file, block), { row: rowsOf(bench.file).length, cell: 0 });
  const columns = (fields) => fields.slice(0, 8).map(([name, title]) => ({ label: title, field: name }));
  const found = [[word('添加一行'), () => put(bench.fresh())()], [word('加文字'), put({ text: word('请写上文字') })]];
  if (rows.length) found.push([word('加表格'), put({ table: rows[0][0], columns: columns(fieldsOf(rows[0][2].items.properties)) })]);
  if (amounts.length) found.push([word('加金额'), put({ label: amounts[0][1], amounts: amounts[0][0], ...(amounts[0][2]['x-total'] && { total: amounts[0][2]['x-total'] }) })]);
  const others = bench.names.forms.filter(([name]) => bench.branchForms.includes(name));
  if (others.length) found.push([word('加分支汇总'), put({ branches: others[0][0], columns: columns(bench.fieldsOfForm(others[0][0])) })]);
  return found;
}

/** The page of the paper in a tree of its own, so that the styles of papers and of the workbench do not meet. */
async function drawSheet(container, html, style) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const sheet = document.createElement('div');
  sheet.className = 'hq-sheet';
  sheet.lang = 'zh-CN';
  sheet.append(...page.querySelector('main').childNodes);
  const frame = document.createElement('div');
  frame.className = page.body.className;
  frame.append(sheet);
  const inside = container.shadowRoot ?? container.attachShadow({ mode: 'open' });
  if (!inside.adoptedStyleSheets.length) inside.adoptedStyleSheets = [await sheetOf(style)];
  inside.replaceChildren(frame);
  const width = frame.classList.contains('is-landscape') ? 1170 : 840;
  frame.style.zoom = String(Math.min(1, container.clientWidth / width));
}

async function sheetOf(address) {
  const response = await fetch(address);
  return new CSSStyleSheet().replace(await response.text());
}
