"""Money is whole cents everywhere; only receipts turn it into text."""


def percent_of(cents, percent):
    """A percentage of an amount, half cents rounded up."""
    return (cents * percent + 50) // 100


def euros(cents):
    """An amount as it stands on a receipt: 1234 is "12.34"."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02d}"
