// What of a text is being typed as a name: behind the last separator, or behind an @ that is not part of an address.
const MENTION = /(?:^|[^A-Za-z0-9_.+-])[@＠]([^\s@＠，。、；：！？,;:!?()（）]{0,40})$/;

/** `{ start, text }` of the name in front of the caret, or null where none is being typed. */
export function nameBefore(text, caret, prefix) {
  const before = text.slice(0, caret);
  if (prefix) {
    const found = MENTION.exec(before);
    return found && { start: caret - found[1].length - 1, text: found[1] };
  }
  const typed = before.split(/[、，,;；]/).at(-1).trimStart();
  return typed && { start: caret - typed.length, text: typed };
}

/** What stands in the text for a person: the name, or the user name where the name alone would not do. */
export function written({ value, label }, items) {
  const several = items.filter((item) => item.label === label).length > 1;
  return several || /\s/.test(label) ? value : label;
}
