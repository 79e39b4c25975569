"""Rows of cells from text. Stricter than the csv module: mistakes have a line."""


class SheetError(ValueError):
    def __init__(self, line, problem):
        super().__init__(f"line {line}: {problem}")


def rows(text):
    """Yields (line number, cells) for every row that is not empty."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, _cells(line, number)


def _cells(line, number):
    cells = []
    place = 0
    while True:
        cell, place = _quoted(line, place, number) if line[place:place + 1] == '"' else _plain(line, place)
        cells.append(cell)
        if place == len(line):
            return cells
        place += 1  # the comma


def _plain(line, place):
    end = line.find(",", place)
    end = len(line) if end < 0 else end
    return line[place:end].strip(), end


def _quoted(line, place, number):
    letters = []
    place += 1
    while place < len(line):
        if line[place] != '"':
            letters.append(line[place])
        elif line[place + 1:place + 2] == '"':
            letters.append('"')
            place += 1
        elif line[place + 1:place + 2] in ("", ","):
            return "".join(letters), place + 1
        else:
            raise SheetError(number, "text after a closing quote")
        place += 1
    raise SheetError(number, "a quote is not closed")
