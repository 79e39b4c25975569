import pytest

from stream.store import Store, load


def test_everything_is_written(line):
    store = Store()

    assert load([line("heat", n) for n in range(5)], store, most=2) == 5
    assert store.writes == 3
    assert store.mean("heat") == 2


def test_nothing_to_write():
    store = Store()

    assert load([], store) == 0
    assert store.writes == 0
    assert store.mean("heat") is None


def test_a_store_that_is_down(line):
    store = Store()
    store.down = True
    with pytest.raises(ConnectionError):
        load([line("heat", n) for n in range(5)], store, most=2)
