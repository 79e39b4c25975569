import pytest

from stream.batching import batches, deduplicated
from stream.messages import Message


def sizes(found):
    return [len(batch) for batch in found]


@pytest.mark.parametrize(("count", "expected"), [(0, []), (2, [2]), (3, [3]), (7, [3, 3, 1])])
def test_no_more_than_so_many(some, count, expected):
    assert sizes(batches(some(count), most=3)) == expected


def test_nothing_is_lost_or_moved(some):
    found = batches(some(8), most=3)

    assert [message.value for batch in found for message in batch] == list(range(8))


def test_batches_are_full_before_the_next_begins(some):
    stream = batches(iter(some(10)), most=4)

    assert sizes([next(stream), next(stream)]) == [4, 4]


def test_no_larger_than_so_much(some):
    stream = [*some(3, size=40), Message("t", 9, 300), *some(1)]

    assert sizes(batches(stream, most_size=100))[:3] == [2, 1, 1]


def test_equal_values_are_left_out():
    stream = [Message(topic, value, 1) for topic, value in [("a", 1), ("b", 1), ("a", 1), ("a", 2), ("a", 1)]]

    assert [(m.topic, m.value) for m in deduplicated(stream)] == [("a", 1), ("b", 1), ("a", 2), ("a", 1)]
