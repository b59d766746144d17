// One file of a draft in the browser: read, kept a moment after every change, and checked. A change that meets somebody
// else's is refused by the server; then nothing is sent any more until the person has chosen, and nothing typed is lost.
import { debounce } from '../lib/dom.js';
import { clock, comparison, watchFile } from './presence.js';
import { addEnglish, word } from './words.js';

const WAIT = 800;

addEnglish({
  已保存: 'Saved',
  '正在保存…': 'Saving…',
  '没有保存成功，稍后自动重试': 'Not saved; trying again',
  没有保存: 'Not saved',
  '把我的另存一份，载入最新的': 'Keep mine aside and load the newest',
  '放弃我的，载入最新的': 'Drop mine and load the newest',
  '没有存成，请再试一次；您的内容还在这一页': 'Not kept, please try again; your text is still on this page',
});

export function readConfig() {
  return JSON.parse(document.getElementById('editor-config').textContent);
}

/**
 * config: {url, check, path, revision, csrf}. Returns
 *   read()            the stored text
 *   changed(text)     keep it soon; null takes the file away
 *   flush()           keep at once what waits; resolves to whether everything is kept
 *   onProblems(f)     f(problems) after each check; check(text) asks at once
 */
export function openDraft(config) {
  const headers = { 'X-CSRFToken': config.csrf, 'X-Requested-With': 'fetch' };
  let { revision } = config;
  let pending;
  let sending = null;
  let stopped = false;
  let unkept = false;
  const listeners = [];

  const say = (text, state) => {
    for (const place of document.querySelectorAll('[data-draft-state]')) {
      place.textContent = text;
      place.dataset.state = state;
    }
  };

  async function send(text) {
    say(word('正在保存…'), 'saving');
    const response = await fetch(config.url, {
      method: text === null ? 'DELETE' : 'PUT',
      body: text,
      headers: { ...headers, 'X-Revision': String(revision), 'Content-Type': 'text/plain' },
      credentials: 'same-origin',
    });
    if (response.redirected) throw new Error('signed out');
    const answer = await response.json();
    if (response.status === 409) return refuse(answer, text);
    if (response.status === 422) {
      // what cannot be kept is not sent again as it is: the next change is
      if (pending === undefined) unkept = true;
      say(`${word('没有保存')}：${answer.detail}`, 'failed');
      return false;
    }
    if (!response.ok) throw new Error(answer.detail || response.status);
    unkept = false;
    revision = answer.revision;
    say(`${word('已保存')} ${clock(new Date())}`, 'saved');
    document.dispatchEvent(new CustomEvent('draft:saved', { detail: answer }));
    soonCheck();
    return true;
  }

  /** Somebody else was faster: what was typed stays on the page, and nothing is sent until the person has chosen. */
  function refuse({ detail }, text) {
    stopped = true;
    if (pending === undefined) pending = text;
    say(`${word('没有保存')}：${detail} `, 'conflict');
    const choice = (label, act) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn btn-sm', textContent: word(label) });
      button.addEventListener('click', act);
      return button;
    };
    document
      .querySelector('[data-draft-state]')
      ?.append(comparison(revision), ' ', choice('把我的另存一份，载入最新的', keepAside), ' ', choice('放弃我的，载入最新的', reload));
    document.dispatchEvent(new CustomEvent('draft:conflict', { detail }));
    return false;
  }

  function reload() {
    pending = undefined;
    window.location.reload();
  }

  async function keepAside() {
    const body = pending ?? null;
    const response = await fetch(config.url, {
      method: 'PUT',
      body: body ?? '',
      headers: { ...headers, 'X-Aside': '1', 'Content-Type': 'text/plain' },
      credentials: 'same-origin',
    }).catch(() => null);
    if (response?.ok && !response.redirected) reload();
    else document.querySelector('[data-draft-state]')?.append(' ', word('没有存成，请再试一次；您的内容还在这一页'));
  }

  async function flush() {
    soon.cancel();
    if (sending) await sending;
    if (pending === undefined || stopped) return !stopped;
    const text = pending;
    pending = undefined;
    sending = send(text).catch((error) => {
      if (pending === undefined) pending = text;
      say(`${word('没有保存成功，稍后自动重试')}（${error.message}）`, 'failed');
      setTimeout(soon, 5_000);
      return false;
    });
    const kept = await sending;
    sending = null;
    return kept && (pending === undefined || flush());
  }
  const soon = debounce(flush, WAIT);

  async function check(text) {
    const body = JSON.stringify(text === undefined ? {} : { files: { [config.path]: text } });
    const response = await fetch(config.check, {
      method: 'POST',
      body,
      headers: { ...headers, 'Content-Type': 'application/json' },
      credentials: 'same-origin',
    });
    if (!response.ok || response.redirected) return null;
    const answer = await response.json();
    for (const listener of listeners) listener(answer.problems, answer);
    return answer.problems;
  }
  const soonCheck = debounce(() => check(), 50);
  watchFile(config.path, () => revision);

  window.addEventListener('beforeunload', (event) => {
    if (unkept || ((pending !== undefined || sending) && !stopped)) {
      flush();
      event.preventDefault();
    }
  });

  return {
    async read() {
      const response = await fetch(config.url, { credentials: 'same-origin' });
      if (!response.ok) throw new Error(`${config.url}: ${response.status}`);
      revision = Number(response.headers.get('X-Revision'));
      return response.text();
    },
    changed(text) {
      pending = text;
      if (!stopped) soon();
    },
    flush,
    check,
    onProblems: (listener) => listeners.push(listener),
    get revision() {
      return revision;
    },
  };
}
