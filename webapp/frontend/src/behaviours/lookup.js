// A combobox after the ARIA pattern: the visible input searches, the hidden one carries the value. The text of an
// input without a chosen value is cleared on leaving, so that what is seen is what is sent.
import { debounce, element, freshId, isChinese } from '../lib/dom.js';

const wired = new WeakSet();

function wire(box) {
  wired.add(box);
  const input = box.querySelector('[role=combobox]');
  const hidden = box.querySelector('input[type=hidden]');
  const list = box.querySelector('[role=listbox]');
  if (!input || !hidden || !list) return;
  if (!list.id) list.id = freshId('lookup');
  input.setAttribute('aria-controls', list.id);
  input.setAttribute('autocomplete', 'off');

  let items = [];
  let active = -1;
  let chosen = hidden.value ? input.value : '';
  let request = null;
  let composing = false;

  const close = () => {
    search.cancel();
    request?.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };

  const mark = (index) => {
    active = index;
    list.querySelectorAll('[role=option]').forEach((option, position) => {
      option.setAttribute('aria-selected', String(position === index));
      if (position === index) {
        input.setAttribute('aria-activedescendant', option.id);
        option.scrollIntoView({ block: 'nearest' });
      }
    });
    if (index < 0) input.removeAttribute('aria-activedescendant');
  };

  const show = () => {
    list.replaceChildren(
      ...items.map((item) => {
        const option = element('li', { role: 'option', id: freshId('option'), 'aria-selected': 'false' }, item.label);
        if (item.detail) option.append(element('small', {}, item.detail));
        return option;
      }),
    );
    if (!items.length) {
      const empty = box.dataset.empty || (isChinese() ? '没有找到' : 'Nothing found');
      list.append(element('li', { class: 'hq-lookup-empty', role: 'presentation' }, empty));
    }
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    mark(-1);
  };

  const choose = (value, label) => {
    const changed = hidden.value !== value;
    hidden.value = value;
    input.value = label;
    chosen = label;
    close();
    input.removeAttribute('aria-invalid');
    if (changed) hidden.dispatchEvent(new Event('change', { bubbles: true }));
  };

  const load = async () => {
    request?.abort();
    request = new AbortController();
    const { signal } = request;
    try {
      const url = new URL(box.dataset.source, location.href);
      url.searchParams.set('q', input.value.trim());
      const response = await fetch(url, { signal, headers: { Accept: 'application/json' } });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      if (signal.aborted || document.activeElement !== input) return;
      items = answer.items;
      show();
    } catch (error) {
      if (error.name !== 'AbortError') close();
    }
  };
  const search = debounce(load, 200);

  const edited = () => {
    if (input.value !== chosen && hidden.value) {
      hidden.value = '';
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
    const open = !list.hidden;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) return void load();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (items.length) mark(active < 0 && step < 0 ? items.length - 1 : (active + step + items.length) % items.length);
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      if (active >= 0) choose(items[active].value, items[active].label);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab' && open && active >= 0) {
      choose(items[active].value, items[active].label);
    }
  });

  // mousedown, so that the input keeps the focus.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = event.target.closest('[role=option]');
    const index = option ? [...list.querySelectorAll('[role=option]')].indexOf(option) : -1;
    if (index >= 0) choose(items[index].value, items[index].label);
  });
  input.addEventListener('click', () => {
    if (list.hidden) load();
  });
  input.addEventListener('blur', () => {
    close();
    if (input.value.trim() === '' && hidden.value) choose('', '');
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
