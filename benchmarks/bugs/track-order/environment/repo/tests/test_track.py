import pytest

from player.track import Track


def test_a_path():
    assert Track.of("Bach/Suites/01 Prelude.OGG") == Track("Bach/Suites", "01 Prelude", "ogg")


@pytest.mark.parametrize("path", ["cover.jpg", "Bach/", ".mp3", "README"])
def test_other_files(path):
    with pytest.raises(ValueError, match="not a recording"):
        Track.of(path)


@pytest.mark.parametrize(("name", "title"), [("01 - Prelude", "Prelude"), ("Gigue", "Gigue"), ("42", "42")])
def test_titles(name, title):
    assert Track.of(f"{name}.mp3").title == title
