import pytest

LAMP = """\
keeper = Ines

[lamp]
colour = white      # never green
period = 5 s
mirror = yes

[horn]
# only in fog
period = 2 min
"""


@pytest.fixture
def lamp():
    return LAMP


@pytest.fixture
def lamp_file(tmp_path):
    path = tmp_path / "north.lamp"
    path.write_text(LAMP, encoding="utf-8")
    return path
