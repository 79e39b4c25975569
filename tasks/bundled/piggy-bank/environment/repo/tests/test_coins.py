import unittest

from piggybank.coins import in_coins, shown


class CoinsTest(unittest.TestCase):
    def test_an_amount_as_text(self):
        for cents, text in [(0, "0.00"), (5, "0.05"), (1205, "12.05"), (-120, "-1.20")]:
            self.assertEqual(shown(cents), text)

    def test_the_fewest_coins(self):
        self.assertEqual(in_coins(388), [200, 100, 50, 20, 10, 5, 2, 1])
        self.assertEqual(in_coins(0), [])

    def test_coins_add_up(self):
        for cents in range(500):
            self.assertEqual(sum(in_coins(cents)), cents)

    def test_a_debt_has_no_coins(self):
        with self.assertRaises(ValueError):
            in_coins(-1)
