"""The process owner's workbench: drafts of processes, their editors, checks, rehearsals and versions."""

from webapp.pages.workbench import (
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
    tables,
    versions,
)

PAGES = (drafts, files, diagram, forms, tables, scenarios, settings, checks, play, versions, compare, incidents)
