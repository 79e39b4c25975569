import unittest

from parcels.town import NoStreet, Town
from tests.town import small_town


class TownTest(unittest.TestCase):
    def test_a_hill_is_slower_upwards(self):
        town = small_town()
        self.assertEqual(town.minutes("Castle", "Market"), 2)
        self.assertEqual(town.minutes("Market", "Castle"), 9)

    def test_a_one_way_street_has_one_way(self):
        with self.assertRaisesRegex(NoStreet, "from Harbour to Mill"):
            small_town().minutes("Harbour", "Mill")

    def test_next_places_come_in_alphabetical_order(self):
        self.assertEqual(small_town().next_places("Mill"), ["Castle", "Harbour", "Market"])

    def test_all_places_are_known(self):
        self.assertEqual(small_town().places(), ["Castle", "Harbour", "Market", "Mill"])

    def test_a_street_takes_time(self):
        with self.assertRaises(ValueError):
            Town().one_way("Market", "Mill", 0)
