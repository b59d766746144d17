"""The process owner's workbench: drafts of processes, their editors, checks, rehearsals and versions."""

from webapp.pages.workbench import (
    beginning,
    checks,
    compare,
    diagram,
    drafts,
    files,
    form_list,
    forms,
    incidents,
    papers,
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
    form_list,
    papers,
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
