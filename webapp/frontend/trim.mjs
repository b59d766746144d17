// Tabler's css is 79 kB gzip, and the pages use a part of it. What stays is named here by class and not found by
// reading the templates, so a template can be changed on a machine without Node.
import { PurgeCSS } from 'purgecss';

const families = [
  'btn', 'col', 'form', 'input', 'invalid', 'is-invalid', 'is-valid', 'row', 'spinner', 'table', 'text', 'valid', 'visually-hidden',
];
const utilities = [
  /^[mp][tbsexy]?-(0|1|2|3|4|5|auto)$/,
  /^g[xy]?-[0-5]$/,
  /^d-(none|block|inline|inline-block|flex|inline-flex|grid|print-none|print-block)$/,
  /^(flex|align-items|justify-content|gap|order)-[a-z0-9-]+$/,
  /^(w|h)-(100|auto)$/,
  /^fw-|^fs-|^lh-|^small$|^h[1-6]$|^subheader$|^lead$|^border|^rounded|^overflow-|^position-|^bg-(transparent|light|dark|body)/,
];
const tooMuch =
  /^(btn|text|badge|bg|alert|card|avatar|status|link|border|list|table|form|progress|nav|page)-.*(x-twitter|facebook|twitter|linkedin|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler|blue|azure|indigo|purple|pink|orange|yellow|lime|cyan|gray-|-lt$|-fg$|ghost|gradient|social|stamp|tabs|stacked|rotate|cover|image|colorinput|floating|selectgroup)/;

const tags =
  'html body a abbr address article aside b button caption code col colgroup dd details dialog dl dt em fieldset ' +
  'figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input kbd label legend li main mark nav ol ' +
  'optgroup option p pre progress samp section select small span strong sub summary sup svg table tbody td template ' +
  'textarea tfoot th thead time tr ul active disabled show hidden collapse icon data-bs-theme dark light';

export async function trimTabler(css) {
  const [result] = await new PurgeCSS().purge({
    content: [{ raw: tags, extension: 'txt' }],
    css: [{ raw: css }],
    extractors: [{ extensions: ['txt'], extractor: (text) => text.split(' ') }],
    safelist: { standard: [...families.map((name) => new RegExp(`^${name}(-|$)`)), ...utilities] },
    blocklist: [tooMuch],
    dynamicAttributes: ['data-bs-theme', 'type', 'disabled', 'multiple', 'size', 'role', 'href', 'hidden', 'title', 'list'],
    keyframes: true,
    variables: true,
  });
  return result.css;
}
