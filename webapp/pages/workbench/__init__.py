"""The process owner's workbench: drafts of processes, their editors, checks, rehearsals and versions."""

from webapp.pages.workbench import (
    beginning,
    checks,
    compare,
    diagram,
    drafts,
    files,
    forms,
    incidents,
    play,
    scenarios,
    settings,
    source,
    tables,
    versions,
)

PAGES = (
    drafts,
    beginning,
    files,
    diagram,
    forms,
    tables,
    scenarios,
    settings,
    source,
    checks,
    play,
    versions,
    compare,
    incidents,
)
