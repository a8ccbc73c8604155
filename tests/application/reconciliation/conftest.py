import pytest

from tests.fakes.reconciliation_desk import ReconciliationDesk


@pytest.fixture
def desk() -> ReconciliationDesk:
    return ReconciliationDesk()
