"""The REST API under ``/api/v1``: JSON in and out, bearer tokens, problem+json errors."""

from webapp.api.blueprint import api

# Importing a module puts its routes on the blueprint.
from webapp.api import (  # noqa: F401, isort: skip
    budgets,
    cases,
    complaints,
    customers,
    description,
    discussion,
    events,
    filters,
    gifts,
    incidents,
    orders,
    papers,
    people,
    processes,
    search,
    sessions,
    tasks,
    verbs,
    visits,
)

__all__ = ["api"]
