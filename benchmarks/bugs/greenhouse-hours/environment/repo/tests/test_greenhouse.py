import unittest

from greenhouse.energy import cheapest_start, cost, price
from greenhouse.lamps import Bed, burning_hours, may_burn
from greenhouse.plan import day_plan

SUN = range(9, 17)


class LampTest(unittest.TestCase):
    def test_plants_sleep(self):
        self.assertFalse(may_burn(3))
        self.assertFalse(may_burn(23))

    def test_lamps_burn_by_day(self):
        self.assertTrue(may_burn(6))
        self.assertTrue(may_burn(20))

    def test_lamps_burn_until_ten(self):
        self.assertTrue(may_burn(21))
        self.assertFalse(may_burn(22))

    def test_the_sun_is_enough(self):
        self.assertEqual(burning_hours(Bed("moss", 8), SUN), [])

    def test_the_rest_comes_in_the_evening(self):
        self.assertEqual(burning_hours(Bed("basil", 10), SUN), [20, 21])

    def test_there_are_only_so_many_hours(self):
        self.assertNotIn(5, burning_hours(Bed("algae", 24), SUN))


class EnergyTest(unittest.TestCase):
    def test_prices(self):
        self.assertEqual(price(12), 320)
        self.assertEqual(price(2), 210)

    def test_the_night_starts_at_ten(self):
        self.assertEqual((price(21), price(22)), (320, 210))

    def test_the_night_ends_at_six(self):
        self.assertEqual((price(5), price(6)), (210, 320))

    def test_hours(self):
        with self.assertRaisesRegex(ValueError, "no such hour: 24"):
            price(24)

    def test_cost(self):
        self.assertEqual(cost(2, [5, 6]), 2 * 210 + 2 * 320)

    def test_the_cheapest_start(self):
        self.assertEqual(cheapest_start(3), 0)
        self.assertEqual(cheapest_start(2, earliest=8), 22)


class PlanTest(unittest.TestCase):
    def test_a_plan(self):
        beds = [Bed("basil", 10), Bed("moss", 4)]
        self.assertEqual(day_plan(beds, SUN),
                         ["basil: 20-22", "moss: off", "pump at 22", "lamps cost 0.64"])
