// Builds src/ into ../static/dist: hashed files and a manifest that the templates read. Puts the fonts of the PDF papers
// into ../fonts, which only the server reads.
import * as esbuild from 'esbuild';
import { gzipSync } from 'node:zlib';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { policy } from './csp.mjs';
import { notices } from './notices.mjs';
import { trimTabler } from './trim.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const outdir = path.join(here, '..', 'static', 'dist');

// one script for every page, one for each page that shows or edits a drawing, a table or a form
const PAGES = ['app', 'viewer', 'bench', 'modeler', 'tables', 'settings', 'designer', 'papers', 'ways', 'compare'];

const common = {
  absWorkingDir: here,
  outdir,
  bundle: true,
  minify: true,
  metafile: true,
  write: false,
  target: ['chrome111', 'firefox114', 'safari16.4'],
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: 'asset-[hash]',
  legalComments: 'linked',
  logLevel: 'warning',
  loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'empty', '.svg': 'file' },
};

const tabler = {
  name: 'trim-tabler',
  setup(build) {
    build.onLoad({ filter: /@tabler[\\/]core[\\/]dist[\\/]css[\\/]tabler\.css$/ }, async ({ path: file }) => ({
      contents: await trimTabler(await readFile(file, 'utf8')),
      loader: 'css',
    }));
  },
};

const [modules, classic] = await Promise.all([
  esbuild.build({
    ...common,
    entryPoints: PAGES.map((name) => `src/${name}.js`).concat(['src/styles.css', 'src/print.css']),
    format: 'esm',
    splitting: true,
    plugins: [tabler, policy],
  }),
  // The theme must be set before the first paint, so it cannot be a (deferred) module.
  esbuild.build({ ...common, entryPoints: ['src/theme.js'], format: 'iife' }),
]);

const outputs = { ...modules.metafile.outputs, ...classic.metafile.outputs };
const base = (file) => path.basename(file);

function importsOf(file, seen = new Set()) {
  for (const link of outputs[file].imports) {
    if (link.kind === 'import-statement' && !link.external && !seen.has(link.path)) {
      seen.add(link.path);
      importsOf(link.path, seen);
    }
  }
  return [...seen];
}

const manifest = {};
for (const [file, output] of Object.entries(outputs)) {
  if (!output.entryPoint) continue;
  const { name, ext } = path.parse(output.entryPoint);
  manifest[name] =
    ext === '.css'
      ? { css: base(file) }
      : { js: base(file), css: output.cssBundle ? base(output.cssBundle) : null, imports: importsOf(file).map(base) };
}

// New files first, the manifest next, the old files last: a server that is running never sees a gap.
const files = [...modules.outputFiles, ...classic.outputFiles];
await mkdir(outdir, { recursive: true });
await Promise.all(files.map((file) => writeFile(file.path, file.contents)));
await writeFile(path.join(outdir, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');
const keep = new Set(['manifest.json', '.stamp', ...files.map((file) => base(file.path))]);
for (const name of await readdir(outdir)) {
  if (!keep.has(name)) await rm(path.join(outdir, name), { recursive: true });
}

const serif = path.join(here, 'node_modules', '@expo-google-fonts', 'noto-serif-sc');
const fonts = path.join(here, '..', 'fonts');
await mkdir(fonts, { recursive: true });
for (const [from, to] of [
  ['400Regular/NotoSerifSC_400Regular.ttf', 'regular.ttf'],
  ['600SemiBold/NotoSerifSC_600SemiBold.ttf', 'semibold.ttf'],
  ['LICENSE_FONT', 'LICENSE'],
]) {
  await copyFile(path.join(serif, from), path.join(fonts, to));
}

for (const file of files.sort((a, b) => (a.path < b.path ? -1 : 1))) {
  const zipped = gzipSync(file.contents, { level: 9 }).length;
  console.log(`${base(file.path).padEnd(36)} ${String(file.contents.length).padStart(8)} B ${String(zipped).padStart(7)} B gzip`);
}

if (process.argv.includes('--notices')) {
  const inputs = [...Object.keys(modules.metafile.inputs), ...Object.keys(classic.metafile.inputs)];
  await writeFile(path.join(here, 'NOTICES.md'), notices(here, inputs));
}
