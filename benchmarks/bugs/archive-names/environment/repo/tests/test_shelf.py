import pytest

from archive.shelf import Archive


@pytest.fixture
def archive():
    return Archive()


def test_a_scan_has_a_new_name(archive):
    assert archive.scan("2026-03 Water_bill.pdf") == "2026-03_water_bill.pdf"


def test_names_are_unique(archive):
    names = [archive.scan("Bill.pdf") for _ in range(3)]

    assert names == ["bill.pdf", "bill_2.pdf", "bill_3.pdf"]
    assert archive.scan("Bill.gz") == "bill.gz"


def test_years(archive):
    archive.scan("2026-03_water.pdf")
    archive.scan("letter_2025.pdf")
    archive.scan("will.pdf")

    assert archive.of_year(2026) == ["2026-03_water.pdf"]
    assert archive.of_year(2025) == ["letter_2025.pdf"]
    assert archive.of_year(None) == ["will.pdf"]


def test_the_catalogue(archive):
    archive.scan("Crème_brûlée.txt")
    archive.scan("roof.PDF")

    assert archive.catalogue() == "Crème brûlée (creme_brulee.txt)\nroof (roof.pdf)"
