from datetime import date

import pytest

from bookings import Stay, Taken, bill


def test_one_party_may_arrive_when_another_leaves(book):
    assert book.guest_on(date(2026, 6, 3)) == "Aino"
    assert book.guest_on(date(2026, 6, 4)) == "Bo"
    assert book.guest_on(date(2026, 6, 6)) is None


def test_two_parties_do_not_share_the_beds(book):
    with pytest.raises(Taken, match="Bo"):
        book.add(Stay("Cleo", date(2026, 6, 5), date(2026, 6, 9)))


def test_a_stay_has_a_night(book):
    with pytest.raises(ValueError, match="first night"):
        book.add(Stay("Cleo", date(2026, 6, 9), date(2026, 6, 9)))


def test_a_bill_adds_up_the_nights(prices):
    stay = Stay("Aino", date(2026, 6, 3), date(2026, 6, 6))  # Wednesday to Saturday

    assert bill(stay, prices) == 110 + 110 + 130
