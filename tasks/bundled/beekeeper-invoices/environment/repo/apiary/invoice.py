"""The sheet of paper."""

from apiary.totals import totals

WIDTH = 46


def amount(cents):
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def invoice(number, customer, lines, discount_percent=0):
    """The text of an invoice; sums of nothing are left out."""
    sums = totals(lines, discount_percent)
    rows = [f"Invoice {number:04d} for {customer}", "=" * WIDTH]
    rows += [_row(f"{line.pieces} x {line.article.name}", line.cents()) for line in lines]
    rows.append("-" * WIDTH)
    if sums.discount:
        rows.append(_row(f"discount {discount_percent} %", -sums.discount))
    rows.append(_row("net", sums.net))
    rows.append(_row("VAT", sums.vat))
    rows.append(_row("to pay", sums.due))
    return "\n".join(rows)


def _row(label, cents):
    return f"{label:<{WIDTH - 10}}{amount(cents):>10}"
