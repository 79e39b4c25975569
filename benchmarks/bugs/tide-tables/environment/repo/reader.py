"""Reads the harbour office's files."""

import csv
import io
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from gauge import Reading

COLUMNS = ("harbour", "time", "level")
FEET = Decimal("0.3048")


class FormatError(ValueError):
    """The file is not one of the harbour office's."""


@dataclass
class Sheet:
    readings: list = field(default_factory=list)
    skipped: list = field(default_factory=list)  # line numbers

    def harbours(self):
        return sorted({reading.harbour for reading in self.readings})


def read_sheet(text):
    """Readings of a file; rows without a usable time or level are skipped.

    Levels are in metres, or in feet where they end in "ft". Raises FormatError when a column
    is missing.
    """
    rows = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise FormatError(f"no column {', '.join(missing)}")
    sheet = Sheet()
    for row in rows:
        try:
            reading = _reading(row)
        except ValueError:
            sheet.skipped.append(rows.line_num)
        else:
            sheet.readings.append(reading)
    return sheet


def _reading(row):
    at = datetime.strptime(row["time"].strip(), "%Y-%m-%d %H:%M")
    return Reading(at, _metres(row["level"].strip()), row["harbour"].strip())


def _metres(text):
    if text.endswith("ft"):
        return (Decimal(text.removesuffix("ft").strip()) * FEET).quantize(Decimal("0.01"))
    return Decimal(text)
