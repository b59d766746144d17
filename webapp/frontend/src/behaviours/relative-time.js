import { lang } from '../lib/dom.js';
import { relativeTime } from '../lib/relative.js';

// a rehearsal has a clock of its own
const standing = Date.parse(document.documentElement.dataset.now ?? '');

function update() {
  for (const time of document.querySelectorAll('time[data-relative]')) {
    const text = relativeTime(Date.parse(time.dateTime), standing || Date.now(), lang());
    if (!text) continue;
    if (!time.title) time.title = time.textContent.trim();
    time.textContent = text;
  }
}

export function start() {
  update();
  setInterval(update, 60_000);
}
