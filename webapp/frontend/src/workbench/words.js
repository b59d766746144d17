// The words of the workbench's scripts: written in Chinese where they are used, and looked up here for English readers.
import { isChinese } from '../lib/dom.js';

const english = {};

/** Adds the English of one editor's words: `{ '保存': 'Save' }`. */
export function addEnglish(words) {
  Object.assign(english, words);
}

/** The text in the reader's language; `{name}` is replaced by the value of that name. */
export function word(text, values = {}) {
  const found = isChinese() ? text : (english[text] ?? text);
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
