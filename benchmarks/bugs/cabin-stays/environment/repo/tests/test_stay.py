from datetime import date

import pytest

from cabin import Stay
from cabin.bill import cents


def test_nights():
    stay = Stay.of("Ada", "2026-07-30", 3)

    assert stay.departure == date(2026, 8, 2)
    assert [night.day for night in stay] == [30, 31, 1]
    assert date(2026, 8, 2) not in stay


@pytest.mark.parametrize("nights", [0, -2])
def test_a_stay_has_a_night(nights):
    with pytest.raises(ValueError, match="one night"):
        Stay.of("Ada", "2026-07-30", nights)


@pytest.mark.parametrize(
    ("arrival", "nights", "clash"),
    [
        ("2026-07-09", 2, True),
        ("2026-07-11", 1, True),
        ("2026-07-14", 3, True),
        ("2026-07-01", 30, True),
        ("2026-07-15", 3, False),
        ("2026-07-08", 2, False),
        ("2026-07-20", 2, False),
    ],
)
def test_clashes(arrival, nights, clash):
    ada, other = Stay.of("Ada", "2026-07-10", 5), Stay.of("Bo", arrival, nights)

    assert ada.clashes(other) is clash
    assert other.clashes(ada) is clash


def test_weekends_cost_more():
    assert cents(Stay.of("Ada", "2026-07-09", 4)) == 4 * 8000 + 2 * 2500
