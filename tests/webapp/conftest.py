from tests.services.conftest import second_finance_clerk  # noqa: F401 - a fixture
