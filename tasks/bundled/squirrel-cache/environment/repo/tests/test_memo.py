from squirrel import memo


def test_an_answer_is_thought_out_once():
    thought = []

    @memo(room=2)
    def square(n):
        thought.append(n)
        return n * n

    assert [square(n) for n in (3, 3, 4, 3)] == [9, 9, 16, 9]
    assert thought == [3, 4]


def test_a_favourite_question_is_never_forgotten():
    thought = []

    @memo(room=2)
    def square(n):
        thought.append(n)
        return n * n

    for n in (1, 2, 1, 3, 1, 4, 1):
        square(n)

    assert thought == [1, 2, 3, 4]
    assert square.cache.stats.hits == 3


def test_none_is_an_answer_too():
    thought = []

    @memo(room=2)
    def shrug(n):
        thought.append(n)

    assert shrug(1) is None
    assert shrug(1) is None
    assert thought == [1]
