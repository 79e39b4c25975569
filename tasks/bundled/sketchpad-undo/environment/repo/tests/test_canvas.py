import pytest

from sketchpad.strokes import across, down, frame


def test_an_empty_canvas(canvas):
    assert str(canvas) == "....\n...."


def test_a_dot_rubs_out(canvas):
    canvas.put(1, 1, "x")
    canvas.put(1, 1, ".")

    assert str(canvas) == "....\n...."


def test_beside_the_paper(canvas):
    with pytest.raises(IndexError, match=r"\(4, 0\)"):
        canvas.put(4, 0, "x")


def test_strokes(canvas):
    across(0, 0, 3, "-").draw(canvas)
    down(3, 0, 2, "|").draw(canvas)

    assert str(canvas) == "---|\n...|"


def test_a_frame_has_each_square_once():
    assert len(frame(0, 0, 4, 3, "#").squares) == 10
    assert len(frame(1, 1, 1, 1, "#").squares) == 1
