import pytest

from vinyl.record import Record


@pytest.fixture
def record():
    record = Record("The Low Tides", "Harbour Songs", 1974)
    record.add("A", "Anchor", 187)
    record.add("A", "Bell Buoy", 260)
    record.add("B", "Long Swell", 1205)
    return record
