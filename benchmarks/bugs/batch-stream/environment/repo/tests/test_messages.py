import pytest

from stream.messages import messages


def test_reading(line):
    first, second = messages([line("heat", 20.5), "", "// remark", line("rain", "3")])

    assert (first.topic, first.value) == ("heat", 20.5)
    assert second.value == 3.0


@pytest.mark.parametrize("bad", ["{", "[]", '{"topic": "heat"}', '{"topic": "heat", "value": "hot"}'])
def test_mistakes_have_a_line(line, bad):
    with pytest.raises(ValueError, match="line 2"):
        list(messages([line("heat", 1), bad]))
