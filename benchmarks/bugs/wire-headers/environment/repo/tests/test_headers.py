import pytest

from wire import Headers


@pytest.fixture
def headers():
    headers = Headers()
    headers.add("Host", " holm ")
    headers.add("Cookie", "a=1")
    return headers


def test_case_does_not_matter(headers):
    assert headers.get("HOST") == "holm"
    assert "cookie" in headers
    assert headers.get_all("cookie") == ["a=1"]


def test_defaults(headers):
    assert headers.get("Date") is None
    assert headers.get("Date", "today") == "today"
    assert headers.get_all("Date") == []


def test_repeated_names(headers):
    headers.add("cookie", "b=2")

    assert headers.get_all("Cookie") == ["a=1", "b=2"]
    assert headers.get("Cookie") == "a=1"
    assert len(headers) == 3


def test_the_order_of_lines_is_kept(headers):
    headers.add("Date", "today")
    headers.add("Cookie", "b=2")

    assert [name for name, _ in headers] == ["Host", "Cookie", "Date", "Cookie"]


def test_setting_replaces_all(headers):
    headers.add("Cookie", "b=2")
    headers.set("cookie", "c=3")

    assert list(headers) == [("Host", "holm"), ("cookie", "c=3")]


def test_removing(headers):
    headers.remove("host")
    headers.remove("host")

    assert len(headers) == 1


def test_all_lines_of_a_name_are_removed(headers):
    headers.add("COOKIE", "b=2")
    headers.remove("Cookie")

    assert "Cookie" not in headers


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\n"])
def test_names(name):
    with pytest.raises(ValueError, match="not a header name"):
        Headers().add(name, "x")
