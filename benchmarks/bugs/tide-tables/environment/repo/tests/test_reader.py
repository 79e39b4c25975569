from decimal import Decimal

import pytest

from reader import FormatError, read_sheet

HEAD = "harbour, time, level\n"


def test_a_row_is_read():
    sheet = read_sheet(HEAD + "Skerry, 2026-03-01 04:10, 3.42\n")

    assert [reading.level for reading in sheet.readings] == [Decimal("3.42")]
    assert sheet.harbours() == ["Skerry"]


def test_feet_are_metres():
    assert read_sheet(HEAD + "Skerry, 2026-03-01 04:10, 10 ft").readings[0].level == Decimal("3.05")


def test_columns_may_come_in_any_order():
    sheet = read_sheet("level,harbour,time\n1.0,Holm,2026-03-01 04:10\n")

    assert sheet.readings[0].harbour == "Holm"


@pytest.mark.parametrize(("head", "missing"), [("time, level", "harbour"), ("harbour", "time, level")])
def test_columns_must_be_there(head, missing):
    with pytest.raises(FormatError, match=f"no column {missing}"):
        read_sheet(head + "\n")


def test_an_empty_file_is_no_sheet():
    with pytest.raises(FormatError):
        read_sheet("")


def test_rows_without_a_time_are_skipped():
    sheet = read_sheet(HEAD + "Skerry, noon, 3.42\nSkerry, 2026-03-01 04:10, 3.40\n")

    assert len(sheet.readings) == 1
    assert sheet.skipped == [2]


@pytest.mark.parametrize("smudge", ["--", "n/a", "", "x ft"])
def test_rows_without_a_level_are_skipped(smudge):
    sheet = read_sheet(HEAD + f"Skerry, 2026-03-01 04:10, 3.40\nSkerry, 2026-03-01 04:20, {smudge}\n")

    assert len(sheet.readings) == 1
    assert sheet.skipped == [3]
