import pytest

from roster.singer import Singer, Voice


def test_a_line():
    assert Singer.read("Ida S 160") == Singer("Ida", Voice.SOPRANO, 160)


def test_names_have_several_parts():
    assert Singer.read("Anna Maria Holm a 168") == Singer("Anna Maria Holm", Voice.ALTO, 168)


@pytest.mark.parametrize("line", ["Ida X 160", "Ida S tall", "Ida"])
def test_nonsense(line):
    with pytest.raises(ValueError):
        Singer.read(line)
