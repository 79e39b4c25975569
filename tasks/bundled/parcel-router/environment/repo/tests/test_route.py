import unittest
from itertools import pairwise

from parcels.route import Unreachable, quickest
from parcels.town import Town
from tests.town import small_town


class QuickestTest(unittest.TestCase):
    def setUp(self):
        self.town = small_town()

    def test_a_way_to_where_we_are_takes_no_time(self):
        self.assertEqual(quickest(self.town, "Mill", "Mill"), (0, ["Mill"]))

    def test_the_steep_street_is_for_the_way_down(self):
        self.assertEqual(quickest(self.town, "Castle", "Market"), (2, ["Castle", "Market"]))
        self.assertEqual(quickest(self.town, "Market", "Castle"), (6, ["Market", "Mill", "Castle"]))

    def test_the_bridge_is_crossed_in_its_direction(self):
        self.assertEqual(
            quickest(self.town, "Castle", "Harbour"), (8, ["Castle", "Mill", "Harbour"])
        )
        self.assertEqual(quickest(self.town, "Harbour", "Mill"), (3, ["Harbour", "Market", "Mill"]))

    def test_the_minutes_are_those_of_the_streets_on_the_way(self):
        for start in self.town.places():
            for goal in self.town.places():
                minutes, way = quickest(self.town, start, goal)
                legs = [self.town.minutes(a, b) for a, b in pairwise(way)]
                self.assertEqual(minutes, sum(legs), (start, goal))

    def test_an_island_cannot_be_reached(self):
        self.town.one_way("Island", "Harbour", 20)
        with self.assertRaisesRegex(Unreachable, "Market to Island"):
            quickest(self.town, "Market", "Island")

    def test_equal_both_ways_is_equal(self):
        flat = Town()
        flat.street("A", "B", down=3, up=3)
        flat.street("B", "C", down=4, up=4)
        self.assertEqual(quickest(flat, "A", "C"), (7, ["A", "B", "C"]))
        self.assertEqual(quickest(flat, "C", "A"), (7, ["C", "B", "A"]))
