// What a key press means, apart from any page: the signs that a Chinese keyboard layout gives instead of the plain
// ones, sequences that begin with g, and the way through a list that was left for one of its items.

const WIDE = { '？': '?', '、': '/', '／': '/', '【': '[', '】': ']', '［': '[', '］': ']' };
const SEQUENCE_MS = 1500;

/** The key as it is meant: `？` is `?`, `Ｊ` and `J` are `j`. */
export function plainKey(key) {
  const one = WIDE[key] ?? key.normalize('NFKC');
  return one.length === 1 ? one.toLowerCase() : one;
}

/** Remembers a first key for a moment: `g`, then `i`, gives `g i`. */
export function sequences(first) {
  let pressed = '';
  let at = -Infinity;
  return (key, now) => {
    const whole = pressed && now - at < SEQUENCE_MS ? `${pressed} ${key}` : key;
    pressed = whole === key && first.includes(key) ? key : '';
    at = now;
    return whole;
  };
}

/** The address before or after the current one in the list that the person came from; undefined at its ends. */
export function neighbour(trail, current, step) {
  const at = trail.indexOf(current);
  return at < 0 ? undefined : trail[at + step];
}
