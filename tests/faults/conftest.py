"""Kill and race runs take minutes and start whole products: they are collected only with ``--run-faults``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.product import Product
from tests.services.conftest import second_finance_clerk  # noqa: F401 - a fixture


@pytest.fixture
def product() -> Iterator[Product]:
    with Product() as running:
        yield running


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Also where the folder was named on the command line: ignored rather than skipped."""
    return None if config.getoption("--run-faults") else True
