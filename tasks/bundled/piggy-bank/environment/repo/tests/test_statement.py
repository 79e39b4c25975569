import unittest

from piggybank.entries import Entry
from piggybank.statement import balances, closing, page

SPRING = [Entry(80, 500, "pocket money"), Entry(85, -700, "kite"), Entry(90, 300, "lemonade")]


class BalancesTest(unittest.TestCase):
    def test_a_new_pig_begins_with_nothing(self):
        self.assertEqual(balances(SPRING), [500, -200, 100])

    def test_what_was_there_before_is_counted(self):
        self.assertEqual(balances(SPRING, opening=1000), [1500, 800, 1100])
        self.assertEqual(balances(SPRING[:1], opening=-50), [450])

    def test_two_pages_go_on_where_the_first_ended(self):
        for opening in (0, 1, 250, -30):
            first = balances(SPRING[:2], opening)
            second = balances(SPRING[2:], first[-1])
            self.assertEqual(first + second, balances(SPRING, opening))

    def test_nothing_happened(self):
        self.assertEqual(balances([], opening=70), [])
        self.assertEqual(closing([], opening=70), 70)

    def test_the_end_of_the_page(self):
        self.assertEqual(closing(SPRING), 100)

    def test_a_page_as_it_is_printed(self):
        self.assertEqual(
            page(SPRING[:2], opening=1000).splitlines(),
            [
                "     brought forward            10.00",
                "  80 pocket money        5.00   15.00",
                "  85 kite               -7.00    8.00",
            ],
        )
