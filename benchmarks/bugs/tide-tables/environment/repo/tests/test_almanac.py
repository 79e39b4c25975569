from datetime import datetime, timedelta
from decimal import Decimal

from almanac import almanac
from gauge import Reading, tidal_range, turning_points


def readings(*levels):
    start = datetime(2026, 3, 1)
    return [Reading(start + timedelta(hours=hour), Decimal(level)) for hour, level in enumerate(levels)]


def test_turning_points():
    turns = turning_points(readings("1.0", "2.5", "2.0", "0.4", "0.9"))

    assert [(kind, str(reading.level)) for kind, reading in turns] == [("high", "2.5"), ("low", "0.4")]


def test_a_steady_sea_does_not_turn():
    assert turning_points(readings("1", "2", "2", "3")) == []


def test_the_range():
    assert tidal_range(readings("1.0", "2.5", "0.4")) == Decimal("2.1")
    assert tidal_range([]) is None


def test_an_almanac():
    text = """harbour,time,level
Skerry,2026-03-01 00:00,1.10
Skerry,2026-03-01 06:00,3.40
Skerry,2026-03-01 12:00,0.90
"""

    assert almanac(text) == ["high 01 Mar 06:00   3.40 m", "range 2.50 m"]


def test_an_almanac_says_what_it_could_not_read():
    text = "harbour,time,level\nSkerry,2026-03-01 00:00,1.10\nSkerry,2026-03-01 06:00,--\n"

    assert almanac(text) == ["range 0.00 m", "1 rows could not be read"]
