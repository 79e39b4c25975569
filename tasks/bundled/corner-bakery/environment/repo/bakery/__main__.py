"""`python -m bakery HOUR ITEM=COUNT ...` prints a receipt."""

import sys

from bakery.basket import Basket
from bakery.receipt import receipt


def main(arguments):
    hour, *orders = arguments
    basket = Basket()
    for order in orders:
        item, _, count = order.partition("=")
        basket.add(item, float(count or 1))
    print(receipt(basket, int(hour)))


if __name__ == "__main__":
    main(sys.argv[1:])
