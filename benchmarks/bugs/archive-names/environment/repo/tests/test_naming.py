import pytest

from archive.naming import slug, split_ending, title


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("bill.pdf", ("bill", ".pdf")),
        ("BILL.PDF", ("BILL", ".pdf")),
        ("bill", ("bill", "")),
        ("bill.doc", ("bill.doc", "")),
        (".pdf", (".pdf", "")),
        ("report.txt", ("report", ".txt")),
        ("taxes.tar.gz", ("taxes", ".tar.gz")),
        ("a.txt.txt", ("a.txt", ".txt")),
    ],
)
def test_endings(name, parts):
    assert split_ending(name) == parts


def test_titles():
    assert title("2026-03_water__bill.pdf") == "2026-03 water bill"
    assert title("big_jigsaw.gz") == "big jigsaw"


@pytest.mark.parametrize(
    ("text", "name"), [("Water bill", "water_bill"), ("Crème & Café!", "creme_cafe"), ("2026-03", "2026-03")]
)
def test_slugs(text, name):
    assert slug(text) == name
