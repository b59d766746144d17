// Below a field's English name: how many places of the process speak of it, each with a link to it.
import { element } from '../../lib/dom.js';
import { addEnglish, word } from '../words.js';

addEnglish({ 还没有别的地方用到: 'Nothing else uses it yet' });

// asked once for each state of the draft: the panel is drawn anew at every change
const known = new Map();

async function ask(designer, path) {
  const key = `${designer.draft.revision} ${path}`;
  if (!known.has(key)) {
    known.clear();
    const address = `${designer.config.uses}?${new URLSearchParams({ field: path })}`;
    known.set(key, fetch(address, { credentials: 'same-origin' }).then((response) => (response.ok && !response.redirected ? response.json() : null)).catch(() => null));
  }
  return (await known.get(key))?.uses ?? null;
}

function listed(uses) {
  const links = uses.map((use) => element('li', {}, element('a', { href: use.address }, use.where)));
  return [element('summary', {}, word('用在 {count} 处，改名会一起改', { count: uses.length })), element('ul', {}, ...links)];
}

/** The line for a field or a column; it stays empty for one that is not kept yet. */
export function usesLine(designer, path) {
  const line = element('div', { class: 'hq-props-uses hq-hint' });
  ask(designer, path).then((uses) => {
    if (!uses) return;
    line.append(uses.length ? element('details', {}, ...listed(uses)) : word('还没有别的地方用到'));
  });
  return line;
}
