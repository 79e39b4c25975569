import pytest

from postcard import render
from postcard.scan import TemplateError


class Customer:
    name = "<Bo> & Sons"
    address = {"street": "Mill Lane 3\nRear house", "city": "Holm"}


@pytest.fixture
def data():
    return {"customer": Customer, "count": 3, "sign": "Ada"}


def test_text_without_fields():
    assert render("Dear all, } {", {}) == "Dear all, } {"


def test_fields_are_filled_in(data):
    assert render("{{count}} cards from {{ sign }}.", data) == "3 cards from Ada."


def test_paths_go_through_objects_and_dicts(data):
    assert render("in {{ customer.address.city }}", data) == "in Holm"


def test_missing_values_are_empty(data):
    assert render("[{{ customer.phone }}{{ nobody.name }}]", data) == "[]"


def test_values_are_escaped(data):
    assert render("Dear {{ customer.name }}", data) == "Dear &lt;Bo&gt; &amp; Sons"


def test_raw_values_are_not(data):
    assert render("Dear {{ customer.name | raw }}", data) == "Dear <Bo> & Sons"


def test_filtered_values_are_escaped(data):
    assert render("{{ customer.name | upper }}", data) == "&lt;BO&gt; &amp; SONS"


def test_quoted_names_are_escaped(data):
    assert render("<p>{{ customer.name | quoted }}</p>", data) == (
        "<p>&ldquo;&lt;Bo&gt; &amp; Sons&rdquo;</p>"
    )


def test_filters_follow_each_other(data):
    assert render("{{ customer.address.street | upper | lines }}", data) == (
        "MILL LANE 3<br>REAR HOUSE"
    )
    assert render("{{ customer.name | upper | quoted }}", data) == (
        "&ldquo;&lt;BO&gt; &amp; SONS&rdquo;"
    )


@pytest.mark.parametrize("template", ["{{ }}", "{{ a | }}", "{{ | upper }}", "{{ a | shout }}"])
def test_malformed_fields(template):
    with pytest.raises(TemplateError):
        render(template, {"a": "x"})
