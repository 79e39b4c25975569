import pytest

from squirrel import Cache


def test_what_was_buried_is_found(hoard):
    assert [hoard.get(key) for key in ("acorn", "beechnut", "chestnut")] == [1, 2, 3]


def test_what_was_never_there_is_the_default(hoard):
    assert hoard.get("walnut") is None
    assert hoard.get("walnut", 0) == 0


def test_without_questions_the_oldest_goes_first(hoard):
    hoard.put("walnut", 4)

    assert hoard.keys() == ["beechnut", "chestnut", "walnut"]


def test_a_value_that_was_asked_for_stays(hoard):
    hoard.get("acorn")
    hoard.put("walnut", 4)

    assert hoard.keys() == ["acorn", "chestnut", "walnut"]
    assert hoard.get("beechnut") is None


def test_the_one_idle_for_longest_goes_each_time(hoard):
    hoard.get("acorn")
    hoard.get("beechnut")
    hoard.put("walnut", 4)
    hoard.put("hazelnut", 5)

    assert hoard.keys() == ["beechnut", "walnut", "hazelnut"]
    assert hoard.stats.dropped == 2


def test_a_question_does_not_make_a_value_younger():
    cache = Cache(room=2, max_age=3)
    cache.put("acorn", 1)  # tick 1
    assert cache.get("acorn") == 1
    assert cache.get("acorn") == 1
    assert cache.get("acorn") == 1
    assert cache.get("acorn") is None


def test_a_new_value_for_an_old_key_takes_no_second_place(hoard):
    hoard.put("acorn", 10)

    assert hoard.get("acorn") == 10
    assert hoard.used_room() == 3
    assert hoard.keys() == ["beechnut", "chestnut", "acorn"]


def test_a_big_nut_drives_out_several(hoard):
    hoard.put("coconut", 9, size=2)

    assert hoard.keys() == ["chestnut", "coconut"]


def test_too_big_a_nut_is_not_kept(hoard):
    hoard.put("pumpkin", 9, size=4)

    assert hoard.get("pumpkin") is None
    assert hoard.used_room() == 3


def test_a_cache_without_room_is_refused():
    with pytest.raises(ValueError, match="room for one"):
        Cache(room=0)
