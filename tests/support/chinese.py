"""Measures what a page still says in English to somebody who reads Chinese."""

from __future__ import annotations

import re

from playwright.sync_api import Page

ALLOWED = frozenset(
    {"BPMN", "DMN", "XML", "SVG", "FEEL", "JSON", "TOML", "CSV", "ZIP", "PDF", "PNG", "API", "ID", "OK", "EN", "io"}
    | {"bpmn", "dmn", "xml", "svg", "json", "toml", "csv", "zip", "pdf", "kB", "MB", "ms"}
    | {"Ctrl", "Shift", "Alt", "Esc", "Enter", "Tab", "Delete", "Backspace", "Space"}
)
"""Names of standards, formats, keys and units, which Chinese texts write in Latin letters as well."""

_COLLECT = """
() => {
  // code, keys and what is marked as somebody's own writing is no text of ours
  const OWN = '[lang=en], [translate=no], .bjs-powered-by';
  const SKIPPED = 'code, pre, kbd, script, style, template, noscript, .djs-label, .djs-visual, ' + OWN;
  const found = new Set();
  const note = (place, text) => { if (/[A-Za-z]{2}/.test(text ?? '')) found.add(place + '\\t' + text.trim()); };
  const shown = (element) => (element.closest('option') ? element.closest('select, datalist') : element);
  const visible = (element) => shown(element).checkVisibility();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent || parent.closest(SKIPPED) || !visible(parent)) continue;
    note('text', walk.currentNode.textContent);
  }
  for (const element of document.body.querySelectorAll('*')) {
    if (element.closest(OWN) || !visible(element)) continue;
    for (const name of ['title', 'aria-label', 'placeholder', 'alt', 'aria-description', 'aria-roledescription']) {
      note(name, element.getAttribute(name));
    }
    if (element.matches('input[type=submit], input[type=button], input[type=reset]')) note('value', element.value);
  }
  return [...found];
}
"""
_WORD = re.compile(r"[A-Za-z]{2,}")


def english_left(page: Page) -> list[str]:
    """Visible texts, titles, labels and placeholders with a Latin word that is not in ``ALLOWED``, as ``place: text``.

    Names of files, ids and expressions belong into ``code`` or under ``translate="no"``; so does what people typed.
    """
    left = []
    for found in page.evaluate(_COLLECT):
        place, text = found.split("\t", 1)
        if any(word not in ALLOWED for word in _WORD.findall(text)):
            left.append(f"{place}: {' '.join(text.split())}")
    return sorted(left)
