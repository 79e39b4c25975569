import pytest

from gate import acting_as
from gate.stock import clear


@pytest.fixture(autouse=True)
def empty_stock():
    yield
    with acting_as("test", "*"):
        clear()
