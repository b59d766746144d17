// Going from one difference to the next. Pure arithmetic.

const SCALE = 0.9;

/** The next place, round and round; the first step goes to the first or the last. */
export function nextPlace(at, step, count) {
  if (at < 0) return step > 0 ? 0 : count - 1;
  return (at + step + count) % count;
}

export const counted = (at, count) => `${at < 0 ? '–' : at + 1} / ${count}`;

function middle(shape) {
  const points = shape.waypoints?.map(({ x, y }) => ({ x, y, width: 0, height: 0 })) ?? [shape];
  const ends = (from, size) => [
    Math.min(...points.map((point) => point[from])),
    Math.max(...points.map((point) => point[from] + point[size])),
  ];
  const [left, right] = ends('x', 'width');
  const [top, bottom] = ends('y', 'height');
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
}

/** The part of the drawing to show for a shape or a line: it in the middle, readable, and all of it if it is large. */
export function focusBox(shape, outer) {
  const { x, y, width, height } = middle(shape);
  const scale = Math.min(SCALE, (outer.width * 0.9) / Math.max(width, 1), (outer.height * 0.9) / Math.max(height, 1));
  const box = { width: outer.width / scale, height: outer.height / scale };
  return { x: x - box.width / 2, y: y - box.height / 2, ...box };
}
