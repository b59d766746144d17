// A button that is drawn anew between being pressed and released is not clicked: what was typed is kept as soon as the
// field is left, which is the moment of the press, so that drawing waits until the button is let go.

/** `{held, after}`: while `held`, put what is to be done into `after`; it is done once when the press has ended. */
export function watchPresses(container) {
  const presses = { held: false, after: null };
  const end = () => {
    if (!presses.held) return;
    presses.held = false;
    // the click comes first
    setTimeout(() => {
      const { after } = presses;
      presses.after = null;
      after?.();
    });
  };
  container.addEventListener('pointerdown', () => {
    presses.held = true;
  });
  for (const type of ['pointerup', 'pointercancel', 'keydown']) document.addEventListener(type, end, { capture: true });
  // the list of a choice is a window of its own, which keeps the release
  container.addEventListener('change', ({ target }) => target.matches('select') && end(), { capture: true });
  return presses;
}
