// The packages whose code is in the built files, for NOTICES.md: node build.mjs --notices
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export function notices(here, inputs) {
  const packages = new Map();
  for (const input of inputs) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input);
    if (match) packages.set(match[1], path.join(here, 'node_modules', match[1]));
  }
  packages.set('@expo-google-fonts/noto-serif-sc', path.join(here, 'node_modules', '@expo-google-fonts/noto-serif-sc')); // ../fonts
  packages.set('@tabler/icons', path.join(here, 'node_modules', '@tabler/icons')); // ../static/icons.svg
  const rows = [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, folder]) => {
    const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = existsSync(folder) && readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? readFileSync(path.join(folder, file), 'utf8') : '';
    const holder = /^\s*(Copyright[^\n]*)/im.exec(text)?.[1].trim().replace(/\|/g, '/') ?? '';
    const terms = !license || license.startsWith('SEE') ? 'bpmn.io license' : license;
    return `| ${name} | ${version} | ${terms} | ${holder} |`;
  });
  return [
    '# Third-party code in the browser assets',
    '',
    'Written by `node build.mjs --notices`. The full texts are in the packages; comments that the packages ask to',
    'keep are beside the built files (`*.LEGAL.txt`).',
    '',
    '| package | version | licence | copyright |',
    '|---|---|---|---|',
    ...rows,
    '',
    'The bpmn.io license is the MIT licence with one more condition: the mark that links to bpmn.io stays fully',
    'visible on every page that shows a diagram. `src/viewer.css` keeps it so, in the dark theme too.',
    '',
    'The seal in `static/logo.svg` and `static/favicon.svg` was drawn for this project.',
    '',
  ].join('\n');
}
