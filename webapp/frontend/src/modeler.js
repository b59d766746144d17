// The diagram editor: drawing board, panel, what the check finds. Configuration comes in a JSON block.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './workbench/modeler.css';
import { element } from './lib/dom.js';
import { openDraft, readConfig } from './workbench/draft.js';
import { readPlaces, showProblems } from './workbench/problems.js';
import { watchStyles } from './workbench/styled.js';
import { addEnglish, word } from './workbench/words.js';
import { Badges } from './workbench/modeler/badges.js';
import { blankDiagram } from './workbench/modeler/blank.js';
import { createModeler, fit, goTo, showAll } from './workbench/modeler/canvas.js';
import { Edits } from './workbench/modeler/edits.js';
import { written } from './workbench/panel/controls.js';
import { Panel } from './workbench/modeler/panel/panel.js';
import { explain, keepDrawing } from './workbench/modeler/saving.js';
import { tidyAfterRemoval } from './workbench/modeler/upkeep.js';
import { wireToolbar } from './workbench/modeler/toolbar.js';

addEnglish({
  这张流程图读不出来: 'This diagram cannot be read', '原文件保留着，没有改动。': 'The file is kept as it was.', 看版本与修改记录: 'Versions and timeline', 重新画一张: 'Draw a new one',
  '这张图有 {count} 处读不进来；如果继续编辑，保存后它们会丢失：': '{count} places of this diagram cannot be read and will be lost when it is saved:', 知道了继续编辑: 'I see; go on editing',
 '还没有流程图': 'There is no diagram yet', 画一张: 'Draw one', '第 {line} 行': 'line {line}', '检查用了 {ms} 毫秒': 'checked in {ms} ms', '{count} 处必须改正': '{count} to be mended', '{count} 处建议': '{count} could be better', '没有问题': 'nothing wrong',
  '没有保存：{reason}': 'Not saved: {reason}',
});

const root = document.querySelector('[data-modeler]');
const part = (name) => root.querySelector(`[data-area=${name}]`);

class Bench {
  constructor(config, draft) {
    Object.assign(this, { config, draft, places: readPlaces(), lossy: false });
    this.modeler = createModeler(part('board'), config.supported);
    this.edits = new Edits(this.modeler);
    tidyAfterRemoval(this.modeler, this.edits);
  }

  guide(kind, name) {
    return `${this.config.help}${kind}-${name.replaceAll('_', '-')}`;
  }

  titleOfName(name) {
    const found = this.vocabulary.names.find((each) => each.name === name);
    return found && found.title !== name ? `${found.title}（\`${name}\`）` : `\`${name}\``;
  }

  async renew() {
    const response = await fetch(this.config.vocabulary, { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`vocabulary: ${response.status}`);
    this.vocabulary = await response.json();
  }

  redraw() {
    this.panel.draw();
  }

  say(text) {
    const place = part('notice');
    place.replaceChildren(element('p', { role: 'alert' }, text));
    place.hidden = !text;
  }

  select(id, way = []) {
    const steps = way.length && id !== way.at(-1) && this.edits.registry.get(id) ? [...way, id] : way;
    this.badges.draw(steps);
    part('way').hidden = !steps.length;
    goTo(this.modeler, id);
    if (steps.length) showAll(this.modeler.get('canvas'), steps.map((each) => this.edits.registry.get(each)).filter(Boolean));
  }

  showFindings(problems, { took_ms: ms } = {}) {
    const file = this.config.path;
    showProblems(part('problems'), problems, { file, select: (id, way) => this.select(id, way), places: this.places });
    this.badges.show(problems.filter((each) => each.file === file && each.element));
    const count = (severity) => problems.filter((each) => each.severity === severity).length;
    const [errors, rest] = [count('error'), count('warning')];
    const says = [errors && word('{count} 处必须改正', { count: errors }), rest && word('{count} 处建议', { count: rest })].filter(Boolean).join('，');
    part('count').textContent = says || word('没有问题');
    part('count').dataset.state = errors ? 'error' : rest ? 'warning' : 'right';
    part('count').title = ms === undefined ? '' : word('检查用了 {ms} 毫秒', { ms });
    document.documentElement.dataset.checked = String(Number(document.documentElement.dataset.checked ?? 0) + 1);
  }

  /** The notice of what a file of another tool loses; nothing is kept before the person has agreed. */
  warn(warnings) {
    this.lossy = warnings.length > 0;
    if (!this.lossy) return;
    const items = [...new Set(warnings.map(({ message }) => sentence(explain(message))))].slice(0, 20).map((text) => element('li', {}, ...written(text)));
    const agree = element('button', { type: 'button', class: 'btn btn-sm' }, word('知道了继续编辑'));
    agree.addEventListener('click', () => {
      this.lossy = false;
      part('notice').hidden = true;
      this.keeping.now();
    });
    part('notice').replaceChildren(element('p', { role: 'alert' }, word('这张图有 {count} 处读不进来；如果继续编辑，保存后它们会丢失：', { count: warnings.length })), element('ul', {}, ...items), agree);
    part('notice').hidden = false;
  }
}

const sentence = ({ text, line }) => (line ? `${text}（${word('第 {line} 行', { line })}）` : text);

function refuse(bench, error) {
  const says = sentence(explain(error.message));
  const again = element('button', { type: 'button', class: 'btn' }, word('重新画一张'));
  again.addEventListener('click', () => open(bench, blankDiagram(bench.config.key, bench.config.title, bench.vocabulary.posts[0] ?? ''), true));
  part('notice').replaceChildren(
    element('p', { role: 'alert' }, element('strong', {}, word('这张流程图读不出来')), ' ', ...written(says)),
    element('p', {}, word('原文件保留着，没有改动。')),
    element('a', { class: 'btn', href: bench.config.timeline }, word('看版本与修改记录')),
    again,
  );
  part('notice').hidden = false;
  root.classList.add('is-unreadable');
}

/** Shows a text as the drawing; `changed` keeps it, since it is not what is stored. */
async function open(bench, text, changed = false) {
  try {
    const { warnings } = await bench.modeler.importXML(text);
    root.classList.remove('is-unreadable');
    part('notice').hidden = true;
    bench.warn(warnings);
    fit(bench.modeler.get('canvas'), 0.6);
    if (changed) await bench.keeping.now();
  } catch (error) {
    refuse(bench, error);
  }
}

function followFragment(bench) {
  const go = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    if (id) goTo(bench.modeler, id);
  };
  addEventListener('hashchange', go);
  go();
}

async function main() {
  watchStyles();
  const config = readConfig();
  const draft = openDraft(config);
  const bench = new Bench(config, draft);
  const [text] = await Promise.all([config.drawn ? draft.read() : null, bench.renew()]);
  bench.badges = new Badges(bench.modeler, (id, way) => bench.select(id, way));
  bench.panel = new Panel(part('panel'), bench);
  bench.keeping = keepDrawing(bench.modeler, draft, { blocked: () => bench.lossy, failed: (says) => bench.say(says) });
  wireToolbar(root, bench);
  part('way').addEventListener('click', () => {
    bench.badges.draw([]);
    part('way').hidden = true;
  });
  draft.onProblems((problems, answer) => bench.showFindings(problems, answer));
  await open(bench, text ?? blankDiagram(config.key, config.title, bench.vocabulary.posts[0] ?? ''), text === null);
  followFragment(bench);
  document.documentElement.dataset.modeler = 'ready';
  await draft.check();
}

main().catch((error) => {
  document.documentElement.dataset.modeler = 'failed';
  console.error(error);
});
