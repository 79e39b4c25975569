"""From lines to what has to be paid."""

from dataclasses import dataclass

from apiary.rates import percentage, vat_percent


@dataclass(frozen=True)
class Totals:
    """All in cents; `goods` - `discount` = `net`, and `net` + `vat` = `due`."""

    goods: int
    discount: int
    net: int
    vat: int
    due: int


def totals(lines, discount_percent=0):
    """The sums below an invoice.

    Each rate of VAT is worked out once, on what its lines cost after the discount.
    """
    goods = discount = net = vat = 0
    for rate, sold in _by_rate(lines).items():
        off = percentage(sold, discount_percent)
        left = sold - off
        goods += sold
        discount += off
        net += left
        vat += percentage(sold, rate)
    return Totals(goods, discount, net, vat, net + vat)


def _by_rate(lines):
    sums = {}
    for line in lines:
        rate = vat_percent(line.article)
        sums[rate] = sums.get(rate, 0) + line.cents()
    return sums
