import unittest

from piggybank.entries import Entry
from piggybank.goal import weeks_until


class GoalTest(unittest.TestCase):
    def test_weeks_until_the_drum(self):
        saved = [Entry(1, 600, "birthday")]
        self.assertEqual(weeks_until(2000, saved, pocket_money=300), 5)

    def test_a_full_pig_waits_for_nothing(self):
        saved = [Entry(1, 600, "birthday")]
        self.assertEqual(weeks_until(500, saved, pocket_money=300), 0)

    def test_last_years_savings_help(self):
        saved = [Entry(1, 600, "birthday")]
        self.assertEqual(weeks_until(2000, saved, pocket_money=300, opening=800), 2)

    def test_no_pocket_money(self):
        with self.assertRaises(ValueError):
            weeks_until(2000, [], pocket_money=0)
