from datetime import date

import pytest

from ferry.sailing import Sailing
from ferry.timetable import Timetable

LINES = """\
Skerry 10:30 daily 40
Skerry 16:00 mon,wed,fri
Holm 08:15 mon,tue,wed,thu,fri
Holm 10:30 sat,sun 20
"""


@pytest.fixture
def table():
    return Timetable(Sailing.parse(line) for line in LINES.splitlines())


@pytest.fixture
def monday():
    return date(2026, 6, 1)
