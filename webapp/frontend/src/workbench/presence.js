// Who else is at this draft, on every page of it; and whether what is open here was changed elsewhere.
import { lang } from '../lib/dom.js';
import { addEnglish, word } from './words.js';

const EVERY = 5_000;

addEnglish({
  '{by}在 {at} 改了您打开的这一部分': '{by} changed the part you have open at {at}',
  查看对方的修改: 'View their changes',
  载入最新的: 'Load the newest',
});

let watched = null;
let told = 0;

/** The file that is open here and a function that gives the revision it was last known at. */
export function watchFile(path, revision) {
  watched = { path, revision };
}

export const clock = (moment) =>
  new Intl.DateTimeFormat(lang(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Shanghai' }).format(moment);

/** The page that shows what changed since a revision, in a tab of its own. */
export function comparison(since) {
  const box = document.querySelector('[data-presence]');
  const address = new URL(box.dataset.compare, window.location.href);
  address.searchParams.set('from', `r${since}`);
  address.searchParams.set('to', 'draft');
  return Object.assign(document.createElement('a'), { href: address.href, target: '_blank', rel: 'noopener', textContent: word('查看对方的修改') });
}

export function startPresence() {
  const box = document.querySelector('[data-presence]');
  if (!box) return;
  const say = (answer) => {
    const { changed } = answer;
    const lines = [...answer.others];
    if (changed) {
      const text = word('{by}在 {at} 改了您打开的这一部分', { by: changed.by, at: clock(new Date(changed.at)) });
      box.replaceChildren(lines.join('；'), lines.length ? '；' : '', `${text} `, comparison(changed.since));
      if (changed.revision !== told) document.dispatchEvent(new CustomEvent('draft:elsewhere', { detail: changed }));
      told = changed.revision;
    } else {
      box.replaceChildren(lines.join('；'));
    }
    box.hidden = !lines.length && !changed;
    box.classList.toggle('is-changed', Boolean(changed));
  };
  const ask = async () => {
    if (document.hidden) return;
    const body = { place: box.dataset.place, ...(watched ? { path: watched.path, revision: watched.revision() } : {}) };
    try {
      const response = await fetch(box.dataset.source, {
        method: 'POST',
        body: JSON.stringify(body),
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', 'X-CSRFToken': box.dataset.token, 'X-Requested-With': 'fetch' },
      });
      if (response.ok && !response.redirected) say(await response.json());
    } catch {
      // the server is away for a moment: the next question asks again
    }
  };
  ask();
  setInterval(ask, EVERY);
  document.addEventListener('visibilitychange', ask);
}
