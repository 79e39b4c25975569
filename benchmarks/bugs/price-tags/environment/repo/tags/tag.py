"""One tag, and a sheet of them."""

from dataclasses import dataclass

from tags.amounts import amount, percent_off


@dataclass(frozen=True)
class Good:
    name: str
    cents: int
    before: int | None = None  # the old price of a bargain


def tag(good, width):
    """Lines of a tag: name and price, and below a bargain's price what it was."""
    lines = [_line(good.name, amount(good.cents), width)]
    if good.before is not None:
        saved = percent_off(good.before, good.cents)
        lines.append(_line(f"-{saved} %", f"was {amount(good.before)}", width))
    return lines


def _line(left, right, width):
    room = width - len(right) - 1
    return f"{left[:room]:<{room}} {right}"


def print_tags(goods, shop):
    """A sheet for a shop: dearest first, a rule between tags."""
    sheet = []
    for good in sorted(goods, key=lambda good: -good.cents):
        if sheet:
            sheet.append("-" * shop.width)
        sheet += tag(good, shop.width)
    return "\n".join(sheet)
