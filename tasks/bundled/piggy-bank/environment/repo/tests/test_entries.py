import unittest

from piggybank.entries import Entry, paid_in, taken_out

YEAR = [Entry(3, 500, "pocket money"), Entry(9, -120, "marbles"), Entry(10, 250, "lemonade")]


class EntriesTest(unittest.TestCase):
    def test_in_and_out_are_counted_apart(self):
        self.assertEqual(paid_in(YEAR), 750)
        self.assertEqual(taken_out(YEAR), 120)

    def test_an_unused_pig(self):
        self.assertEqual(paid_in([]), 0)
        self.assertEqual(taken_out([]), 0)
