// The drawing as files to take away.
const LIGHT = { '--hq-surface': '#ffffff', '--hq-diagram-line': '#5a6572', '--hq-text': '#1c2733' };

function save(name, text, type) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export async function downloadBpmn(modeler, key) {
  const { xml } = await modeler.saveXML({ format: true });
  save(`${key}.bpmn`, xml, 'application/xml');
}

/** The picture with colours of its own: outside of the page its variables mean nothing. */
export const withColours = (svg) => svg.replace(/var\((--[\w-]+)\)/g, (whole, name) => LIGHT[name] ?? '#5a6572');

export async function downloadSvg(modeler, key) {
  const { svg } = await modeler.saveSVG();
  save(`${key}.svg`, withColours(svg), 'image/svg+xml');
}
