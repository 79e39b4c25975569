import pytest

from kiln.program import Step, read_program, shortest_minutes


def test_a_program_is_read():
    assert read_program("600 C / 20 min, 1240C/10min") == (Step(600, 20), Step(1240, 10))


@pytest.mark.parametrize("text", ["", "600 / 20", "600 C / 20 min,", "hot / 3 min"])
def test_nonsense_is_refused(text):
    with pytest.raises(ValueError, match="not a step"):
        read_program(text)


def test_the_holds_add_up():
    assert shortest_minutes(read_program("600 C / 20 min, 1240 C / 10 min")) == 30
