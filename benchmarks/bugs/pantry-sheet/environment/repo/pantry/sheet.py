from dataclasses import dataclass

from pantry.cells import SheetError, rows

COLUMNS = ["article", "pieces", "remark"]


@dataclass(frozen=True)
class Item:
    article: str
    pieces: int
    remark: str = ""


def read_sheet(text):
    """Items of a sheet whose first row names the columns. Raises SheetError."""
    items = []
    for position, (line, cells) in enumerate(rows(text)):
        if position == 0:
            if cells != COLUMNS:
                raise SheetError(line, f"columns must be {', '.join(COLUMNS)}")
            continue
        if len(cells) != len(COLUMNS):
            raise SheetError(line, f"{len(cells)} cells instead of {len(COLUMNS)}")
        items.append(_item(line, *cells))
    return items


def _item(line, article, pieces, remark):
    if not pieces.isdigit():
        raise SheetError(line, f"not a number of pieces: {pieces!r}")
    return Item(article, int(pieces), remark)


def write_sheet(items):
    lines = [",".join(COLUMNS)]
    lines += [f"{_written(i.article)},{i.pieces},{_written(i.remark)}" for i in items]
    return "\n".join(lines) + "\n"


def _written(cell):
    if any(letter in cell for letter in ',"\n') or cell != cell.strip():
        return '"' + cell.replace('"', '""') + '"'
    return cell
