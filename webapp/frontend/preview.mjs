// Serves preview.html with the pages' real policy headers: npm run preview, then open the address it prints.
// Each "<!-- page: name -->" section is one page; the frame around it is the same.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const here = path.dirname(fileURLToPath(import.meta.url));
const staticDir = path.join(here, '..', 'static');
const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const customers = [
  { value: '1', label: '上海晨光科技有限公司', detail: 'A 级 · 华东 · 年销售额 1,280 万元' },
  { value: '2', label: '深圳海川电子股份有限公司', detail: 'B 级 · 华南' },
  { value: '3', label: '成都锦程物流集团', detail: 'A 级 · 西南' },
];

async function render(url) {
  const [text, manifestText] = await Promise.all([
    readFile(path.join(here, 'preview.html'), 'utf8'),
    readFile(path.join(staticDir, 'dist', 'manifest.json'), 'utf8'),
  ]);
  const manifest = JSON.parse(manifestText);
  const [frame, ...sections] = text.split(/<!-- page: (\w+) -->\n/);
  const pages = Object.fromEntries(sections.flatMap((name, i) => (i % 2 ? [] : [[name, sections[i + 1]]])));
  const name = url.pathname.slice(1) || 'inbox';
  if (!pages[name]) return null;
  const bare = name === 'signin' || name === 'paper';
  return (bare ? frame.replace(/<body>[\s\S]*<\/body>/, '<body>{{page}}</body>') : frame)
    .replace('{{page}}', () => pages[name])
    .replace(/\{\{(\w+)\.(\w+)\}\}/g, (_, entry, kind) => `/static/dist/${manifest[entry][kind]}`)
    .replace(/\{\{sheet\}\}/, () => `/static/dist/${name === 'paper' ? manifest.print.css : manifest.styles.css}`);
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export const posts = [];
export const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://preview');
  const send = (status, type, content) => {
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy });
    response.end(content);
  };
  try {
    if (request.method === 'POST') {
      posts.push({ path: url.pathname, body: await body(request) });
      if (url.pathname === '/forecast') return send(200, 'text/html', `<ol class="hq-forecast"><li>部门经理审批<small>张经理</small></li><li>财务复核<small>预计 ${posts.length} 天</small></li></ol>`);
      if (url.pathname.startsWith('/drafts/')) return send(204, 'text/plain', '');
      return send(200, 'text/html', 'received');
    }
    if (url.pathname === '/lookup/customers') {
      const items = customers.filter((item) => item.label.includes(url.searchParams.get('q') ?? ''));
      return send(200, 'application/json', JSON.stringify({ items }));
    }
    if (url.pathname === '/diagram.bpmn') {
      return send(200, 'text/xml', await readFile(path.join(here, 'test', 'sample.bpmn')));
    }
    if (url.pathname.startsWith('/static/')) {
      const file = path.join(staticDir, path.normalize(url.pathname.slice('/static'.length)));
      return send(200, types[path.extname(file)] ?? 'application/octet-stream', await readFile(file));
    }
    const page = await render(url);
    return page ? send(200, 'text/html', page) : send(404, 'text/plain', 'no such page');
  } catch (error) {
    return send(error.code === 'ENOENT' ? 404 : 500, 'text/plain', String(error));
  }
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  server.listen(Number(process.env.PORT ?? 5199), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${server.address().port}/  (inbox task form signin empty paper)`);
  });
}
