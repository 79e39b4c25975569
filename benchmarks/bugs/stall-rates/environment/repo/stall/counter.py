from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

DECIMALS = {"YEN": 0}
FEE_PERCENT = 2


@dataclass(frozen=True)
class Slip:
    given: Decimal
    source: str
    paid: Decimal
    target: str
    fee: Decimal

    def __str__(self):
        return f"{self.given} {self.source} -> {self.paid} {self.target} (fee {self.fee})"


class Counter:
    """Pays out rounded down; the fee is in the target currency."""

    def __init__(self, rates, fee_percent=FEE_PERCENT):
        self.rates = rates
        self.fee_percent = fee_percent

    def change(self, amount, source, target):
        amount = Decimal(amount)
        if amount <= 0:
            raise ValueError("nothing to change")
        gross = amount * self.rates.rate(source, target)
        fee = _rounded(gross * self.fee_percent / 100, target)
        return Slip(amount, source, _rounded(gross, target) - fee, target, fee)


def _rounded(amount, currency):
    places = DECIMALS.get(currency, 2)
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)
