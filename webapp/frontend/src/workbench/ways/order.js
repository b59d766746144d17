// Which nodes of a way get which number. Pure.

/** The nodes of a way with their places from 1; flows (`isFlow(id)`) lie between them and get none. */
export function numbered(way, isFlow) {
  const seen = new Map();
  for (const id of way) if (!isFlow(id) && !seen.has(id)) seen.set(id, seen.size + 1);
  return seen;
}

/** Whether a listed way passes a filter: an empty one lets everything pass. */
export function passes({ end, steps }, wanted) {
  return (!wanted.end || wanted.end === end) && (!wanted.steps || steps.split(' ').includes(wanted.steps));
}
