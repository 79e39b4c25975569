import pytest

from ledger.read import read_ledger


@pytest.fixture
def january():
    return read_ledger("rent = -300\nfees = 1200.50\ncash box = 12.5\n")
