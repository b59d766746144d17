// What the editors' libraries do that the page policy forbids, mended while they are bundled. The build fails when the
// text to be mended is no longer there, so that a new release is looked at before it ships.
import { readFile } from 'node:fs/promises';

const STYLED = /node_modules[\\/](bpmn-js|dmn-js[^\\/]*|diagram-js[^\\/]*|bpmn-js-[^\\/]*)[\\/].*\.js$/;

export const policy = {
  name: 'page-policy',
  setup(build) {
    // CodeMirror: style sheets that are constructed instead of <style> elements, in the document too.
    build.onLoad({ filter: /node_modules[\\/]style-mod[\\/]src[\\/]style-mod\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const mended = source.replace('if (!root.head && root.adoptedStyleSheets', 'if (root.adoptedStyleSheets');
      if (mended === source) throw new Error('style-mod has changed: look at csp.mjs');
      return { contents: mended, loader: 'js' };
    });
    // Markup with style="…" would be refused by the policy: src/workbench/styled.js applies it through the CSSOM.
    build.onLoad({ filter: STYLED }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!/[ `']style="/.test(source)) return undefined;
      return { contents: source.replace(/([ `'])style="/g, '$1data-policy-style="'), loader: 'js' };
    });
  },
};
