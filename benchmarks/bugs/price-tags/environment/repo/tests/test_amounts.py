import pytest

from tags.amounts import amount, percent_off


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "£0.00"), (5, "£0.05"), (123450, "£1,234.50"), (-250, "-£2.50")]
)
def test_amounts_are_english_by_default(cents, text):
    assert amount(cents) == text


@pytest.mark.parametrize(
    ("before", "after", "percent"), [(1000, 750, 25), (1000, 999, 0), (1000, 1200, 0), (0, 0, 0), (300, 200, 33)]
)
def test_percents_are_rounded_down(before, after, percent):
    assert percent_off(before, after) == percent
