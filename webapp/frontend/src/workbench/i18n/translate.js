// The words of the drawing libraries in Chinese. What a dictionary lacks is written to html[data-untranslated], where the
// tests look after having driven every menu.
import { isChinese } from '../../lib/dom.js';

const missing = new Set();

function note(template) {
  if (!/[A-Za-z]{2}/.test(template)) return;
  missing.add(template);
  document.documentElement.dataset.untranslated = [...missing].join('|');
}

/** The `translate` service for diagram-js and what stands on it, speaking by `dictionary` on a Chinese page. */
export function translateModule(dictionary) {
  const folded = Object.fromEntries(Object.entries(dictionary).map(([english, chinese]) => [english.toLowerCase(), chinese]));
  const chinese = isChinese();
  document.documentElement.dataset.untranslated ??= '';

  function translate(template, replacements = {}) {
    let text = String(template ?? '');
    if (chinese) {
      const found = folded[text.toLowerCase()];
      if (found === undefined) note(text);
      else text = found;
    }
    return text.replace(/{([^}]+)}/g, (whole, name) => replacements[name] ?? whole);
  }
  return { translate: ['value', translate] };
}
