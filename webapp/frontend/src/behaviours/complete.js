// Names are completed inside of a text: behind an @ in a comment, or between separators in a list of people. What is
// sent is the text itself, so that it works the same when it was typed without this.
import { debounce } from '../lib/dom.js';
import { listbox, searcher } from '../lib/listbox.js';
import { nameBefore, written } from '../lib/token.js';

const wired = new WeakSet();

function wire(box) {
  wired.add(box);
  const control = box.querySelector('textarea, input');
  const list = box.querySelector('[role=listbox]');
  const { prefix = '', separator = ' ' } = box.dataset;
  control.setAttribute('aria-autocomplete', 'list');
  control.setAttribute('aria-haspopup', 'listbox');
  const options = listbox(control, list);
  const server = searcher(box.dataset.source);
  let composing = false;

  const typed = () => nameBefore(control.value, control.selectionStart, prefix);

  const close = () => {
    load.cancel();
    server.cancel();
    options.close();
  };

  const load = debounce(async () => {
    try {
      const name = typed();
      const found = name ? await server.find(name.text) : [];
      if (!found.length || document.activeElement !== control || typed()?.text !== name.text) return close();
      options.show(found);
      options.mark(0);
    } catch (error) {
      if (error.name !== 'AbortError') close();
    }
  }, 150);

  const choose = (item) => {
    const name = typed();
    if (name) {
      const text = `${prefix}${written(item, options.items)}${separator}`;
      control.setRangeText(text, name.start, control.selectionStart, 'end');
    }
    close();
  };
  options.onChoose(choose);

  const edited = () => (typed() ? load() : close());
  control.addEventListener('compositionstart', () => { composing = true; });
  control.addEventListener('compositionend', () => {
    composing = false;
    edited();
  });
  control.addEventListener('input', () => {
    if (!composing) edited();
  });
  control.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229 || !options.open) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') options.move(event.key === 'ArrowDown' ? 1 : -1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && options.chosen) choose(options.chosen);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
  control.addEventListener('blur', close);
}

export function start() {
  document.addEventListener('focusin', (event) => {
    const box = event.target.closest('[data-complete]');
    if (box && !wired.has(box)) wire(box);
  });
  // a control that is focused as the page opens has had its focus already
  document.activeElement?.dispatchEvent(new FocusEvent('focusin', { bubbles: true }));
}
