from datetime import date

import pytest

from bookings import Book, Stay
from seasons import PriceList, Season


@pytest.fixture
def prices():
    return PriceList(
        [
            Season("midsummer", date(2026, 6, 19), date(2026, 6, 21), night=150),
            Season("summer", date(2026, 6, 1), date(2026, 8, 31), night=110),
            Season("new year", date(2026, 12, 31), date(2026, 12, 31), night=200),
        ],
        usual=70,
    )


@pytest.fixture
def book():
    book = Book()
    book.add(Stay("Aino", date(2026, 6, 1), date(2026, 6, 4)))
    book.add(Stay("Bo", date(2026, 6, 4), date(2026, 6, 6)))
    return book
