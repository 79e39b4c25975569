import unittest
from fractions import Fraction

from recipebox.measure import scaled, written


class MeasureTest(unittest.TestCase):
    def test_amounts_as_they_are_written(self):
        for amount, text in [(2, "2"), ("1/2", "½"), ("7/4", "1¾"), ("4/3", "1 1/3")]:
            self.assertEqual(written(amount), text)

    def test_a_third_of_a_cup_for_three_is_a_cup(self):
        self.assertEqual(scaled(Fraction(1, 3), 3), 1)
