import pytest

from turner import Paginator, navigation
from turner.links import caption


@pytest.mark.parametrize(
    ("number", "row"),
    [
        (1, "[1] 2 … 9"),
        (3, "1 2 [3] 4 … 9"),
        (5, "1 … 4 [5] 6 … 9"),
        (9, "1 … 8 [9]"),
    ],
)
def test_the_row_of_numbers(number, row):
    assert " ".join(navigation(Paginator(range(90), 10).page(number))) == row


def test_one_page_needs_no_neighbours():
    assert navigation(Paginator("ab").page(1)) == ["[1]"]


def test_captions():
    assert caption(Paginator(range(40)).page(2), 40) == "21 to 40 of 40"
    assert caption(Paginator([]).page(1), 0) == "nothing found"


def test_the_caption_of_a_short_last_page():
    assert caption(Paginator(range(45)).page(3), 45) == "41 to 45 of 45"
