import pytest

from squirrel import Cache


@pytest.fixture
def hoard():
    """Room for three, filled with acorn, beechnut and chestnut in this order."""
    cache = Cache(room=3)
    for key, value in [("acorn", 1), ("beechnut", 2), ("chestnut", 3)]:
        cache.put(key, value)
    return cache
