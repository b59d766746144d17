"""What every page about one draft shares: its head, its tabs, and what its scripts are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, url_for
from flask_wtf.csrf import generate_csrf

from services.database import read_session
from services.processes.drafts import Draft, get_draft
from webapp.auth import actor
from webapp.i18n import language


def page(template: str, key: str, tab: str, *, status: int = 200, draft: Draft | None = None, **values: Any) -> Any:
    """A page about the draft ``key``; the template extends ``workbench/layout.html`` and gets ``draft``."""
    draft = draft or get_draft(read_session(), actor(), key)
    return render_template(template, draft=draft, tab=tab, **values), status


def editor_config(draft: Draft, path: str, **more: Any) -> Mapping[str, Any]:
    """What ``openDraft`` of the scripts needs to edit one file, for ``#editor-config``."""
    return {
        "key": draft.key,
        "path": path,
        "revision": draft.revision,
        "url": url_for("workbench_files.write", key=draft.key, path=path),
        "check": url_for("workbench_files.check", key=draft.key),
        "csrf": generate_csrf(),
        "language": language(),
        **more,
    }
