import pytest

from pantry.cells import SheetError
from pantry.sheet import Item, read_sheet, write_sheet

HEAD = "article,pieces,remark\n"


def test_a_sheet():
    assert read_sheet(HEAD + "beans,4,\nrice, 2 ,brown\n") == [Item("beans", 4), Item("rice", 2, "brown")]


@pytest.mark.parametrize(
    "items",
    [
        [],
        [Item("beans", 4, 'the "good" ones, from Ada')],
        [Item("beans ", 0, " ")],
        [Item("beans", 4, "opened\n\nsmells"), Item("rice", 1, "\n")],
    ],
)
def test_what_was_written_can_be_read(items):
    assert read_sheet(write_sheet(items)) == items


def test_the_line_after_a_long_remark():
    with pytest.raises(SheetError, match="line 4: not a number of pieces: 'few'"):
        read_sheet(HEAD + 'beans,4,"old\nbut good"\nrice,few,\n')


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("article,pieces\n", "line 1: columns must be article, pieces, remark"),
        (HEAD + "beans,4", "line 2: 2 cells instead of 3"),
        (HEAD + "beans,-4,", "line 2: not a number of pieces: '-4'"),
    ],
)
def test_mistakes(text, problem):
    with pytest.raises(SheetError, match=problem):
        read_sheet(text)
