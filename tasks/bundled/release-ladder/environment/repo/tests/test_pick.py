from ladder.news import news
from ladder.pick import newest, since

RELEASES = ["1.9", "1.10", "0.8", "2.0rc1", "1.2"]


def test_the_newest_is_chosen_by_number():
    assert newest(RELEASES) == "1.10"
    assert newest(RELEASES, "<1.10") == "1.9"


def test_candidates_only_when_asked_for():
    assert newest(["1.2", "2.0rc1"]) == "1.2"
    assert newest(["1.2", "2.0rc1"], candidates=True) == "2.0rc1"


def test_nothing_fits():
    assert newest(["1.2", "1.3"], ">5") is None


def test_what_came_since():
    assert since(["1.3", "1.1", "1.2"], "1.1") == ["1.2", "1.3"]


def test_news_for_a_person():
    assert news(["1.2", "1.3"], "1.3") == "1.3 is up to date"
    assert news(["1.2", "1.3"], "1.2") == "1.3 is out"


def test_news_after_a_long_sleep():
    assert news(RELEASES, "1.2") == "1.10 is out, and you missed 1.9, 2.0rc1"
