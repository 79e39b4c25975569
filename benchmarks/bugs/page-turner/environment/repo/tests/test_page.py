import pytest

from turner import PageOutOfRange, Paginator


@pytest.mark.parametrize(
    ("total", "pages"), [(0, 1), (1, 1), (20, 1), (40, 2), (21, 2), (41, 3), (59, 3)]
)
def test_the_number_of_pages(total, pages):
    assert Paginator(range(total)).pages == pages


def test_a_full_page():
    page = Paginator("abcdef", per_page=2).page(2)

    assert page.items == "cd"
    assert (page.first, page.last) == (3, 4)
    assert (page.previous, page.next) == (1, 3)


def test_all_items_are_on_some_page():
    pages = list(Paginator("abcdefg", per_page=3))

    assert [page.items for page in pages] == ["abc", "def", "g"]
    assert [page.next for page in pages] == [2, 3, None]


@pytest.mark.parametrize("number", [-1, 0, 4])
def test_pages_that_are_not_there(number):
    with pytest.raises(PageOutOfRange) as caught:
        Paginator("abcdef", per_page=2).page(number)

    assert caught.value.pages == 3


def test_orphans_move_up():
    pages = list(Paginator("abcdefg", per_page=3, orphans=1))

    assert [page.items for page in pages] == ["abc", "defg"]


def test_an_empty_page():
    page = Paginator([]).page(1)

    assert (page.first, page.last, page.previous, page.next) == (0, 0, None, None)


def test_pages_have_room():
    with pytest.raises(ValueError, match="room"):
        Paginator([], per_page=0)
