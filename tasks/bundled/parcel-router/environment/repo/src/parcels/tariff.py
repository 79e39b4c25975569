"""What a delivery costs, in cents."""

BASE = 250
PER_MINUTE = 30
HEAVY_GRAMS = 10_000
HEAVY_EXTRA = 400


def tariff(minutes, grams):
    """Cents for a parcel of this weight over a way of this length."""
    extra = HEAVY_EXTRA if grams > HEAVY_GRAMS else 0
    return BASE + PER_MINUTE * minutes + extra
