import pytest

from cabin import Calendar, Stay


@pytest.fixture
def calendar():
    calendar = Calendar()
    calendar.book(Stay.of("Ada", "2026-07-10", 5))
    return calendar
