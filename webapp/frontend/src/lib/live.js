/** What a count shows: nothing for none, and no figure beyond two digits. */
export const countText = (count) => (count > 99 ? '99+' : String(count));

/** The address of the stream: what this page is, what page it took the place of, and what it knows. */
export function streamAddress(base, { tab, left, after }) {
  const query = new URLSearchParams({ tab });
  if (left) query.set('left', left);
  if (after) query.set('after', after);
  return `${base}?${query}`;
}

/** Whether a list of tasks has something that the page does not show. */
export const hasMore = (shown, now) => now.todo > shown.todo || now.claimable > shown.claimable;
