import pytest

from postcard.filters import FILTERS, Markup, escape


def test_text_is_escaped_once():
    assert escape("a < b") == "a &lt; b"
    assert escape(escape("a < b")) == "a &lt; b"
    assert escape(3) == "3"


@pytest.mark.parametrize(
    ("name", "value", "result"),
    [
        ("upper", "bo & sons", "BO & SONS"),
        ("initials", "ada king byron", "A. K. B."),
        ("initials", "Bo & sons", "B. S."),
        ("quoted", "hello", "&ldquo;hello&rdquo;"),
        ("lines", "a\nb", "a<br>b"),
        ("lines", "a < b\nc", "a &lt; b<br>c"),
        ("raw", "<b>", "<b>"),
    ],
)
def test_a_filter(name, value, result):
    assert FILTERS[name](value) == result


def test_a_quoted_value_is_escaped():
    assert FILTERS["quoted"]("<Bo>") == "&ldquo;&lt;Bo&gt;&rdquo;"


def test_markup_can_be_quoted():
    assert FILTERS["quoted"](Markup("<b>Bo</b>")) == "&ldquo;<b>Bo</b>&rdquo;"
