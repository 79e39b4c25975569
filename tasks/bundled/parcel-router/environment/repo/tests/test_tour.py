import unittest

from parcels.tour import tour
from tests.town import small_town


class TourTest(unittest.TestCase):
    def test_a_tour_without_parcels_stays_at_the_depot(self):
        self.assertEqual(tour(small_town(), "Market", []), (0, ["Market"]))

    def test_a_tour_up_the_hill_and_to_the_harbour(self):
        minutes, way = tour(small_town(), "Market", ["Castle", "Harbour"])
        self.assertEqual(way, ["Market", "Mill", "Castle", "Mill", "Harbour", "Market"])
        self.assertEqual(minutes, 6 + 8 + 1)
