import pytest

from sketchpad.canvas import Canvas
from sketchpad.history import History


@pytest.fixture
def canvas():
    return Canvas(4, 2)


@pytest.fixture
def history(canvas):
    return History(canvas)
