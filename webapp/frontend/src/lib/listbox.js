import { element, freshId } from './dom.js';

/** The list under a control that searches as one types: what is in it, and which option is marked. */
export function listbox(control, list, { expands = false, empty = '' } = {}) {
  if (!list.id) list.id = freshId('lookup');
  control.setAttribute('aria-controls', list.id);
  let items = [];
  let active = -1;

  const mark = (index) => {
    active = index;
    list.querySelectorAll('[role=option]').forEach((option, position) => {
      option.setAttribute('aria-selected', String(position === index));
      if (position === index) {
        control.setAttribute('aria-activedescendant', option.id);
        option.scrollIntoView({ block: 'nearest' });
      }
    });
    if (index < 0) control.removeAttribute('aria-activedescendant');
  };
  const open = (shown) => {
    list.hidden = !shown;
    if (expands) control.setAttribute('aria-expanded', String(shown));
  };
  // mousedown, so that the control keeps the focus.
  list.addEventListener('mousedown', (event) => event.preventDefault());

  return {
    get open() { return !list.hidden; },
    get chosen() { return items[active]; },
    get items() { return items; },
    show(found) {
      items = found;
      list.replaceChildren(
        ...items.map((item) => {
          const option = element('li', { role: 'option', id: freshId('option'), 'aria-selected': 'false' }, item.label);
          if (item.detail) option.append(element('small', {}, item.detail));
          return option;
        }),
      );
      if (!items.length) list.append(element('li', { class: 'hq-lookup-empty', role: 'presentation' }, empty));
      open(true);
      mark(-1);
    },
    close() {
      open(false);
      mark(-1);
    },
    mark,
    move(step) {
      if (items.length) mark(active < 0 && step < 0 ? items.length - 1 : (active + step + items.length) % items.length);
    },
    onChoose(choose) {
      list.addEventListener('click', (event) => {
        const option = event.target.closest('[role=option]');
        const index = option ? [...list.querySelectorAll('[role=option]')].indexOf(option) : -1;
        if (index >= 0) choose(items[index]);
      });
    },
  };
}

/** The items that the server finds, or nothing for a search that a later one has overtaken. */
export function searcher(source) {
  let request = null;
  return {
    cancel: () => request?.abort(),
    async find(text) {
      request?.abort();
      request = new AbortController();
      const { signal } = request;
      const url = new URL(source, location.href);
      url.searchParams.set('q', text);
      const response = await fetch(url, { signal, headers: { Accept: 'application/json' } });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      signal.throwIfAborted();
      return answer.items;
    },
  };
}
