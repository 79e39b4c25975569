from splits import RACES, even_splits
from splits.plan import marks, negative_splits


def test_signs_along_five_kilometres():
    assert marks(RACES["5k"]) == [1000, 2000, 3000, 4000, 5000]


def test_a_marathon_has_twenty_six_mile_signs_and_a_bit():
    signs = marks(RACES["marathon"], "mi")

    assert len(signs) == 27
    assert 352 < signs[-1] - signs[-2] < 353


def test_even_splits_of_ten_kilometres():
    splits = even_splits(3000, RACES["10k"])

    assert splits[:3] == ["5:00", "10:00", "15:00"]
    assert splits[-1] == "50:00"


def test_even_splits_by_the_mile():
    assert even_splits(1500, RACES["5k"], "mi") == ["8:03", "16:06", "24:08", "25:00"]


def test_the_second_half_is_faster_and_the_sum_is_kept():
    first, second = negative_splits(14_400, RACES["marathon"])

    assert first + second == 14_400
    assert first - second == 288
