from datetime import date

from fridge import page


def test_a_page_for_the_fridge(book):
    assert page(book, date(2026, 6, 1), date(2026, 6, 10)) == "A A A B B . .\n. . ."
