from weather.memo import Memo


def test_it_forgets_the_oldest_when_full(clock):
    memo = Memo(clock, size=2)
    for key in "abc":
        memo.get(key, lambda: key)

    assert len(memo) == 2
    assert memo.get("c", lambda: "new") == "c"
    assert memo.get("a", lambda: "new") == "new"
    assert (memo.hits, memo.misses) == (1, 4)


def test_nothing_is_a_value(clock):
    memo = Memo(clock)
    memo.get("a", lambda: None)

    assert memo.get("a", lambda: 1) is None
