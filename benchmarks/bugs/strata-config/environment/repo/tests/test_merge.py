from strata.merge import merged, put


def test_tables_are_merged():
    assert merged({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}) == {"a": {"x": 1, "y": 3}}


def test_other_things_are_replaced():
    assert merged({"a": [1], "b": {"x": 1}}, {"a": [2], "b": 4}) == {"a": [2], "b": 4}


def test_none_removes():
    assert merged({"a": 1, "b": 2}, {"a": None, "c": None}) == {"b": 2}


def test_lists_can_be_extended():
    below = {"a": [1]}

    assert merged(below, {"+a": [2], "+b": [3]}) == {"a": [1, 2], "b": [3]}
    assert below == {"a": [1]}


def test_put_makes_tables():
    tree = {}
    put(tree, "a.b", 1)
    put(tree, "a.c", 2)

    assert tree == {"a": {"b": 1, "c": 2}}
