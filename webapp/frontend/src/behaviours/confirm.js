import { element, isChinese } from '../lib/dom.js';

const confirmed = new WeakSet();

/** Asks before `source` does what it does; resolves to whether it may. */
export function ask(source, question = source.dataset.confirm) {
  const chinese = isChinese();
  const ok = element('button', { class: 'btn btn-primary', value: 'ok' }, source.dataset.confirmOk || (chinese ? '确定' : 'OK'));
  const cancel = element('button', { class: 'btn', value: '' }, source.dataset.confirmCancel || (chinese ? '取消' : 'Cancel'));
  if (source.matches('.btn-danger, .btn-reject, .btn-outline-danger')) ok.className = 'btn btn-danger';
  const text = element('p', { class: 'hq-dialog-text', id: 'confirm-text' }, question);
  const form = element('form', { method: 'dialog', class: 'hq-actions' }, cancel, ok);
  const dialog = element('dialog', { class: 'hq-dialog', 'aria-labelledby': text.id }, text, form);
  document.body.append(dialog);
  dialog.showModal();
  ok.focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      source.focus();
      resolve(dialog.returnValue === 'ok');
    });
  });
}

export function start() {
  document.addEventListener('submit', async (event) => {
    const { target: form, submitter } = event;
    const source = submitter?.matches('[data-confirm]') ? submitter : form.matches('[data-confirm]') ? form : null;
    if (!source || event.defaultPrevented || confirmed.delete(form)) return;
    event.preventDefault();
    if (await ask(source)) {
      confirmed.add(form);
      form.requestSubmit(submitter);
      confirmed.delete(form); // in case the browser refused the form
    }
  });
  document.addEventListener('click', async (event) => {
    const link = event.target.closest('a[data-confirm]');
    if (!link) return;
    event.preventDefault();
    if (await ask(link)) location.assign(link.href);
  });
}
