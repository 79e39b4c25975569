from squirrel.entry import Entry
from squirrel.stats import Stats


def test_age_and_idleness_are_two_things():
    entry = Entry("nut", buried_at=2, used_at=5)

    assert entry.age(9) == 7
    assert entry.idle(9) == 4


def test_the_hit_rate_of_an_unasked_cache_is_zero():
    assert Stats().hit_rate() == 0.0
    assert Stats(hits=3, misses=1).hit_rate() == 0.75
