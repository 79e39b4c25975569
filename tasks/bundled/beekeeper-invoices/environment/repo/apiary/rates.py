"""Percentages, and the rounding that the tax office wants."""

VAT = 20
VAT_FOOD = 5


def percentage(cents, percent):
    """So many percent of an amount, half cents away from zero."""
    hundredths = cents * percent
    rounded = (abs(hundredths) + 50) // 100
    return rounded if hundredths >= 0 else -rounded


def vat_percent(article):
    """Food is taxed less."""
    return VAT_FOOD if article.food else VAT
