import pytest

from harvest.divide import divide


def test_even_division():
    assert divide(100, {"ada": 1, "bo": 3}) == {"ada": 25, "bo": 75}


def test_a_share_of_nothing():
    assert divide(10, {"ada": 0, "bo": 2}) == {"ada": 0, "bo": 10}
    assert divide(0, {"ada": 1, "bo": 2}) == {"ada": 0, "bo": 0}


def test_ties_go_to_the_first():
    assert divide(100, {"ada": 1, "bo": 1, "cleo": 1}) == {"ada": 34, "bo": 33, "cleo": 33}
    assert divide(5, {"ada": 1, "bo": 1, "cleo": 1}) == {"ada": 2, "bo": 2, "cleo": 1}


def test_the_largest_fraction_comes_first():
    assert divide(10, {"ada": 33, "bo": 33, "cleo": 34}) == {"ada": 3, "bo": 3, "cleo": 4}
    assert divide(7, {"ada": 5, "bo": 2, "cleo": 1}) == {"ada": 4, "bo": 2, "cleo": 1}


@pytest.mark.parametrize("whole", [1, 2, 19, 101, 1000])
def test_the_order_of_the_shares_is_kept(whole):
    assert list(divide(whole, {"c": 2, "a": 7, "b": 4})) == ["c", "a", "b"]


@pytest.mark.parametrize("whole", [2, 101])
def test_the_parts_are_the_whole(whole):
    assert sum(divide(whole, {"c": 2, "a": 7, "b": 4}).values()) == whole


@pytest.mark.parametrize(("whole", "shares"), [(-1, {"a": 1}), (1, {"a": -1, "b": 3})])
def test_nothing_is_negative(whole, shares):
    with pytest.raises(ValueError, match="negative"):
        divide(whole, shares)


@pytest.mark.parametrize("shares", [{}, {"a": 0}])
def test_somebody_has_a_share(shares):
    with pytest.raises(ValueError, match="nobody"):
        divide(3, shares)
