from sketchpad.canvas import Canvas
from sketchpad.history import History
from sketchpad.keys import Keys
from sketchpad.strokes import across, down


def test_undo_brings_back_what_was_covered(history, canvas):
    history.draw(across(0, 0, 4, "a"))
    history.draw(across(1, 0, 2, "b"))

    assert history.undo()
    assert str(canvas) == "aaaa\n...."
    assert history.undo()
    assert str(canvas) == "....\n...."
    assert not history.undo()


def test_redo_draws_it_once_more(history, canvas):
    history.draw(across(0, 0, 2, "a"))
    history.draw(down(3, 0, 2, "b"))
    history.undo()
    history.undo()

    assert history.redo()
    assert str(canvas) == "aa..\n...."
    assert history.redo()
    assert str(canvas) == "aa.b\n...b"
    assert not history.redo()


def test_a_new_stroke_begins_a_new_story(history, canvas):
    history.draw(across(0, 0, 4, "a"))
    history.undo()
    history.draw(across(0, 1, 2, "b"))

    assert not history.redo()
    assert str(canvas) == "....\nbb.."


def test_several_undone_strokes_are_gone_together(history, canvas):
    for letter in "abc":
        history.draw(across(0, 0, 2, letter))
    history.undo()
    history.undo()
    history.draw(across(2, 1, 2, "d"))

    assert not history.redo()
    assert len(history) == 2
    assert history.undo()
    assert history.redo()
    assert str(canvas) == "aa..\n..dd"


def test_redo_keeps_the_rest_for_later(history):
    for letter in "abc":
        history.draw(across(0, 0, 2, letter))
    for _ in range(3):
        history.undo()

    assert [history.redo() for _ in range(4)] == [True, True, True, False]


def test_memory_has_an_end():
    history = History(Canvas(4, 2), keep=2)
    for letter in "abc":
        history.draw(across(0, 0, 2, letter))

    assert [history.undo() for _ in range(3)] == [True, True, False]
    assert str(history.canvas) == "aa..\n...."


def test_forgetting_leaves_the_canvas_alone(history, canvas):
    history.draw(across(0, 0, 2, "a"))
    history.undo()
    history.draw(across(0, 1, 2, "b"))
    history.forget()

    assert not history.undo()
    assert not history.redo()
    assert str(canvas) == "....\nbb.."


def test_a_key_pressed_after_an_undo_ends_redo(history, canvas):
    Keys(history).press("ruryy?")

    assert str(canvas) == ".--.\n...."
