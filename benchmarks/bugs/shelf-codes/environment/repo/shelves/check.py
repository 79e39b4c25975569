"""The check digit."""


def check_digit(body):
    """Weights 3 and 1 in turn from the right; letters count by their place in the alphabet."""
    total = 0
    weight = 3
    for letter in reversed(body.replace("-", "")):
        value = int(letter) if letter.isdigit() else ord(letter) - ord("A") + 1
        total += value * weight
        weight = 4 - weight
    return -total % 10
