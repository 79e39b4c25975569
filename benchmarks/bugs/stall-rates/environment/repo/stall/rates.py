from decimal import Decimal

HOME = "CRO"


class NoRate(LookupError):
    def __init__(self, source, target):
        super().__init__(f"no rate from {source} to {target}")


class Rates:
    """Rates as the bank publishes them: how much of the target one unit of the source buys."""

    def __init__(self):
        self._rates = {}

    @classmethod
    def parse(cls, text):
        """Lines such as "USD CRO 6.25"; `#` starts a remark."""
        rates = cls()
        for line in text.splitlines():
            line = line.partition("#")[0].strip()
            if line:
                source, target, rate = line.split()
                rates.publish(source, target, Decimal(rate))
        return rates

    def publish(self, source, target, rate):
        if rate <= 0:
            raise ValueError("a rate is above zero")
        self._rates[source, target] = Decimal(rate)

    def rate(self, source, target):
        """The rate from one currency to another. Raises NoRate."""
        if source == target:
            return Decimal(1)
        if (source, target) in self._rates:
            return self._rates[source, target]
        if (target, source) in self._rates:
            return 1 / self._rates[target, source]
        raise NoRate(source, target)

    def currencies(self):
        return sorted({name for pair in self._rates for name in pair})
