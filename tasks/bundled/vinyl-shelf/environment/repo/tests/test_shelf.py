from vinyl.record import Record
from vinyl.shelf import arranged, decades


def test_the_article_does_not_count(record):
    other = Record("Maple & Sons", "Sawdust", 1981)
    older = Record("the low tides", "First Light", 1971)

    titles = [r.title for r in arranged([other, record, older])]

    assert titles == ["First Light", "Harbour Songs", "Sawdust"]


def test_records_by_decade(record):
    others = [Record("A", "x", 1979), Record("B", "y", 1980), Record("C", "z", 1969)]

    assert decades([record, *others]) == {1960: 1, 1970: 2, 1980: 1}
