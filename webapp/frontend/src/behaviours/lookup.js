// A combobox after the ARIA pattern: the visible input searches, the hidden one carries the value. The text of an
// input without a chosen value is cleared on leaving, so that what is seen is what is sent.
import { debounce, isChinese } from '../lib/dom.js';
import { listbox, searcher } from '../lib/listbox.js';

const wired = new WeakSet();

// In a place for reading stands what people call the value.
async function show(place, text) {
  place.value = JSON.parse(place.dataset.labels ?? '{}')[text] ?? (text || '—');
  if (!text || !place.dataset.source) return;
  const found = await searcher(place.dataset.source).find(text).catch(() => []);
  const label = found.find((item) => item.value === text)?.label;
  if (label && place.value === text) place.value = label;
}

// What the chosen entry brings along goes into the neighbours, unless somebody typed something else there.
function fill(box, name, entry) {
  const beside = name.slice(0, name.lastIndexOf('-') + 1);
  for (const [target, part] of Object.entries(JSON.parse(box.dataset.fills ?? '{}'))) {
    const place = document.getElementById(`field-${beside}${target}`);
    const text = entry[part] ?? '';
    if (place instanceof HTMLOutputElement) show(place, text);
    else if (place && (place.value === '' || place.value === place.dataset.filled)) {
      place.value = place.dataset.filled = text;
      place.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }
}

function wire(box) {
  wired.add(box);
  const input = box.querySelector('[role=combobox]');
  const hidden = box.querySelector('input[type=hidden]');
  const list = box.querySelector('[role=listbox]');
  if (!input || !hidden || !list) return;
  input.setAttribute('autocomplete', 'off');

  const options = listbox(input, list, {
    expands: true,
    empty: box.dataset.empty || (isChinese() ? '没有找到' : 'Nothing found'),
  });
  const server = searcher(box.dataset.source);
  let chosen = hidden.value ? input.value : '';
  let composing = false;

  const close = () => {
    search.cancel();
    server.cancel();
    options.close();
  };

  const choose = ({ value, label, entry }) => {
    const changed = hidden.value !== value;
    hidden.value = value;
    if (changed) fill(box, hidden.name, entry ?? {});
    input.value = label;
    chosen = label;
    close();
    input.removeAttribute('aria-invalid');
    if (changed) hidden.dispatchEvent(new Event('change', { bubbles: true }));
  };
  options.onChoose(choose);

  const load = async () => {
    try {
      const found = await server.find(input.value.trim());
      if (document.activeElement === input) options.show(found);
    } catch (error) {
      if (error.name !== 'AbortError') close();
    }
  };
  const search = debounce(load, 200);

  const edited = () => {
    if (input.value !== chosen && hidden.value) {
      hidden.value = '';
      fill(box, hidden.name, {});
      hidden.dispatchEvent(new Event('change', { bubbles: true }));
    }
    search();
  };

  // While an input method composes, the text is pinyin and not yet a word.
  input.addEventListener('compositionstart', () => { composing = true; });
  input.addEventListener('compositionend', () => {
    composing = false;
    edited();
  });
  input.addEventListener('input', () => {
    if (!composing) edited();
  });

  input.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const { open } = options;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) return void load();
      options.move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      if (options.chosen) choose(options.chosen);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab' && open && options.chosen) {
      choose(options.chosen);
    }
  });

  input.addEventListener('click', () => {
    if (!options.open) load();
  });
  input.addEventListener('blur', () => {
    close();
    if (input.value.trim() === '' && hidden.value) choose({ value: '', label: '' });
    else if (!hidden.value) {
      input.value = '';
      chosen = '';
    }
  });
}

export function start() {
  // Rows come and go, so a box is wired when it is first used.
  document.addEventListener('focusin', (event) => {
    const box = event.target.closest('[data-lookup]');
    if (box && !wired.has(box)) wire(box);
  });
}
