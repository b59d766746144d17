// Applies the styles that csp.mjs took out of the libraries' markup: the policy allows them through the CSSOM only.
const MARK = 'data-policy-style';

function apply(node) {
  node.style.cssText = node.getAttribute(MARK);
  node.removeAttribute(MARK);
}

export function watchStyles() {
  const look = (root) => {
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    if (root.hasAttribute(MARK)) apply(root);
    root.querySelectorAll(`[${MARK}]`).forEach(apply);
  };
  look(document.documentElement);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(look))).observe(document, {
    childList: true,
    subtree: true,
  });
}
