// Rows of a table are named lines-0-item, lines[0].item or lines.0.item; the template has a number or __index__.

/** text with the number after prefix replaced; text without the prefix is returned as it is. */
export function renumber(text, prefix, index) {
  const escaped = prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`(^|[^A-Za-z0-9])(${escaped})([-_.[])(?:\\d+|__index__)(?![A-Za-z0-9])`, 'g');
  return text.replace(pattern, (_, before, name, mark) => `${before}${name}${mark}${index}`);
}
