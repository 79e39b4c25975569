import pytest

from scores.book import Book
from scores.match import SetScore
from scores.notation import read_sets


@pytest.fixture
def book():
    book = Book()
    book.enter("Ada", "Bo", "6-4 3-6 6-0")
    book.enter("Bo", "Cleo", "6-1", given_up=True)
    return book


def test_sets_are_read():
    assert read_sets("6-4 10-8") == [SetScore(6, 4), SetScore(10, 8)]


def test_tie_breaks_are_read():
    assert read_sets("7-6(4) 6-7(10)") == [SetScore(7, 6, 4), SetScore(6, 7, 10)]


@pytest.mark.parametrize("text", ["6", "6-", "6:4", "7-6()", "7-6(4", "7-6(x)"])
def test_nonsense(text):
    with pytest.raises(ValueError, match="not a set"):
        read_sets(text)


def test_the_table(book):
    assert book.table() == [("Ada", 1), ("Bo", 0), ("Cleo", 0)]


def test_a_book_is_saved(book):
    assert Book.load(book.save()).matches == book.matches


@pytest.mark.parametrize("points", [4, 0])
def test_tie_breaks_are_saved(book, points):
    book.matches[0].sets[1] = SetScore(6, 7, points)

    loaded = Book.load(book.save())

    assert loaded.matches[0].sets[1] == SetScore(6, 7, points)


def test_what_is_shown_can_be_entered_again(book):
    match = book.enter("Ada", "Cleo", "7-6(0) 6-7(11) 6-3")

    assert str(match) == "Ada - Cleo 7-6(0) 6-7(11) 6-3"
    assert Book.load(book.save()).matches[-1] == match


def test_old_files():
    text = '[{"players": ["Ada", "Bo"], "sets": [[6, 4], [7, 6]]}]'

    assert Book.load(text).matches[0].sets == [SetScore(6, 4), SetScore(7, 6)]


def test_an_empty_book():
    assert Book.load(Book().save()).matches == []
