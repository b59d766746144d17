// The build renames style attributes in the libraries' markup (see build.mjs); here they are applied through the
// CSSOM, which the page policy allows.
function apply(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  for (const one of [node, ...node.querySelectorAll('[data-csp-style]')]) {
    const text = one.getAttribute('data-csp-style');
    if (text === null) continue;
    one.removeAttribute('data-csp-style');
    one.style.cssText = text;
  }
}

new MutationObserver((records) => {
  for (const record of records) record.addedNodes.forEach(apply);
}).observe(document.documentElement, { childList: true, subtree: true });
