import pytest

from pantry.cells import SheetError, rows


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("a,b,c", ["a", "b", "c"]),
        ("a, b ,", ["a", "b", ""]),
        (",", ["", ""]),
        ('"a,b",c', ["a,b", "c"]),
        ('"say ""hi""",', ['say "hi"', ""]),
        ('" a ",b', [" a ", "b"]),
        ('""', [""]),
    ],
)
def test_cells(line, cells):
    assert list(rows(line)) == [(1, cells)]


def test_empty_lines_are_counted():
    assert list(rows("a\n\n  \nb")) == [(1, ["a"]), (4, ["b"])]


def test_line_breaks_in_quotes():
    assert list(rows('a,"one\ntwo"\n"x\n\ny",b\nc')) == [
        (1, ["a", "one\ntwo"]),
        (3, ["x\n\ny", "b"]),
        (6, ["c"]),
    ]


def test_an_open_quote():
    with pytest.raises(SheetError, match="line 2: a quote is not closed"):
        list(rows('a\nb,"c'))


def test_text_after_a_quote():
    with pytest.raises(SheetError, match="line 2: text after a closing quote"):
        list(rows('a\n"b" c'))
