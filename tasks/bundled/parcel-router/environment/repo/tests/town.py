"""A small town for the tests.

Castle stands on a hill over Market and Mill; the bridge from Mill to Harbour is one-way.
"""

from parcels.town import Town


def small_town():
    town = Town()
    town.street("Market", "Castle", down=2, up=9)
    town.street("Mill", "Castle", down=3, up=4)
    town.street("Market", "Mill", down=2, up=2)
    town.one_way("Mill", "Harbour", 5)
    town.one_way("Harbour", "Market", 1)
    return town
