import { element, showError } from '../lib/dom.js';

const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

export function start() {
  document.addEventListener('change', ({ target: input }) => {
    if (!input.matches?.('input[type=file][data-max-bytes]')) return;
    const files = [...input.files];
    const tooLarge = files.filter((file) => file.size > Number(input.dataset.maxBytes));
    input.parentElement.querySelector('[data-chosen]')?.remove();
    if (tooLarge.length) {
      input.value = ''; // a file the server refuses must not travel there first
      showError(input, `${input.dataset.tooLarge} (${tooLarge.map((file) => file.name).join(', ')})`);
      return;
    }
    showError(input, '');
    if (!files.length) return;
    const names = files.map((file) => element('li', {}, element('span', {}, file.name), element('span', {}, size(file.size))));
    input.after(element('ul', { class: 'hq-files', 'data-chosen': '' }, ...names));
  });
}
