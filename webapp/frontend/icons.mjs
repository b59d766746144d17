// Writes ../static/icons.svg from Tabler's outline icons. Run by hand (npm run icons) when an icon is added: the
// sprite is committed, so its address stays the same.
import { readFileSync, writeFileSync } from 'node:fs';

const ids =
  'inbox checks file-plus send search bell moon sun language user users settings logout plus trash paperclip printer ' +
  'route history clock alert-triangle alert-circle circle-check circle-x arrow-back-up hand-grab hand-stop message ' +
  'calendar coin chevron-right chevron-down chevron-left x menu-2 filter info-circle building report-money refresh ' +
  'lock key external-link keyboard eye pencil upload download check minus maximize star list-check briefcase gift';

const symbols = ids.split(' ').map((id) => {
  const svg = readFileSync(new URL(`node_modules/@tabler/icons/icons/outline/${id}.svg`, import.meta.url), 'utf8');
  const body = svg
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^[\s\S]*?<svg[^>]*>/, '')
    .replace(/<\/svg>\s*$/, '')
    .replace(/\s*<path stroke="none"[^>]*\/>/, '')
    .replace(/\s*\n\s*/g, '');
  return `<symbol id="${id}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
});
const notice = '<!-- Tabler Icons, MIT, Copyright (c) Paweł Kuna -->';
writeFileSync(
  new URL('../static/icons.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg">${notice}\n${symbols.join('\n')}\n</svg>\n`,
);
console.log(`${symbols.length} icons`);
