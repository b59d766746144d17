// How the language of cells (S-FEEL) writes texts and lists of them, and back.
const LISTED = /^\s*"(?:[^"\\]|\\.)*"(?:\s*,\s*"(?:[^"\\]|\\.)*")*\s*$/;
const TEXT = /"((?:[^"\\]|\\.)*)"/g;

/** A text as a cell has it. */
export const inQuotes = (text) => `"${text.replace(/([\\"])/g, '\\$1')}"`;

/** What somebody typed as a text; what is written in the language already stays. */
export const quoted = (text) => (/^(".*"|not\(.*\))$/s.test(text) ? text : inQuotes(text));

/** A value of a form's choice as a cell has it. */
export const written = (value) => (typeof value === 'string' ? inQuotes(value) : String(value));

/** The values of a list one by one, texts without their marks; a list that is more than texts is one line. */
export function readable(text, type) {
  if (!text) return [];
  if (type !== 'string' || !LISTED.test(text)) return [text];
  return [...text.matchAll(TEXT)].map((match) => match[1].replace(/\\(["\\])/g, '$1'));
}

/** Which texts a cell ticks: `"A","B"`, or all others with `not("A")`; nothing for what is written otherwise. */
export function ticked(text) {
  const match = /^\s*not\s*\((.*)\)\s*$/s.exec(text ?? '');
  const inside = match ? match[1] : (text ?? '');
  if (/^\s*(true|false)\s*$/.test(inside) && !match) return { except: false, chosen: new Set([inside.trim()]) };
  if (!LISTED.test(inside)) return { except: false, chosen: new Set() };
  return { except: Boolean(match), chosen: new Set([...inside.matchAll(TEXT)].map(([whole]) => whole)) };
}
