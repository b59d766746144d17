// Which part of a diagram to show first. Pure arithmetic, in the diagram's units unless said otherwise.

const READABLE = 0.8; // below this scale the 12 px labels of a diagram are a strain
const LARGEST = 1.15;
const MARGIN = 24; // screen pixels around the diagram

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** One axis: the middle of the diagram if it fits, else around the focus but not beyond the ends. */
function origin(start, length, window, focus, margin) {
  if (length + 2 * margin <= window) return start + length / 2 - window / 2;
  return clamp(focus - window / 2, start - margin, start + length + margin - window);
}

/** The view box for a diagram inner {x,y,width,height}, in a screen {width,height}, around focus {x,y}. */
export function firstView(inner, screen, focus) {
  const fitHeight = (screen.height - 2 * MARGIN) / inner.height;
  const fitBoth = Math.min(fitHeight, (screen.width - 2 * MARGIN) / inner.width);
  const scale = fitBoth >= READABLE ? Math.min(fitBoth, LARGEST) : clamp(fitHeight, READABLE, LARGEST);
  const width = screen.width / scale;
  const height = screen.height / scale;
  return {
    x: origin(inner.x, inner.width, width, focus.x, MARGIN / scale),
    y: origin(inner.y, inner.height, height, focus.y, MARGIN / scale),
    width,
    height,
  };
}
