import unittest
from datetime import date

from rota.agenda import Agenda, occurrences
from rota.rule import Rule


def days(rule, first, last):
    return [day.isoformat() for day in occurrences(rule, first, last)]


class RuleTest(unittest.TestCase):
    def test_days(self):
        self.assertEqual(Rule(date(2026, 2, 27), "day", 2).nth(1), date(2026, 3, 1))

    def test_weeks(self):
        self.assertEqual(Rule(date(2026, 12, 25), "week").nth(2), date(2027, 1, 8))

    def test_months(self):
        rule = Rule(date(2026, 11, 15), "month", 3)
        self.assertEqual([rule.nth(n) for n in (0, 1, 2)],
                         [date(2026, 11, 15), date(2027, 2, 15), date(2027, 5, 15)])

    def test_december(self):
        self.assertEqual(Rule(date(2026, 11, 15), "month").nth(1), date(2026, 12, 15))

    def test_years(self):
        self.assertEqual(Rule(date(2026, 2, 28), "year").nth(2), date(2028, 2, 28))

    def test_units(self):
        with self.assertRaisesRegex(ValueError, "no such unit: moon"):
            Rule(date(2026, 1, 1), "moon")
        with self.assertRaisesRegex(ValueError, "at least"):
            Rule(date(2026, 1, 1), "day", 0)


class OccurrencesTest(unittest.TestCase):
    def test_both_ends_count(self):
        rule = Rule(date(2026, 1, 1), "week")
        self.assertEqual(days(rule, date(2026, 1, 8), date(2026, 1, 15)),
                         ["2026-01-08", "2026-01-15"])

    def test_until(self):
        rule = Rule(date(2026, 1, 1), "week", until=date(2026, 1, 10))
        self.assertEqual(days(rule, date(2026, 1, 1), date(2027, 1, 1)),
                         ["2026-01-01", "2026-01-08"])

    def test_the_last_day_of_short_months(self):
        rule = Rule(date(2026, 1, 31), "month")
        self.assertEqual(days(rule, date(2026, 1, 1), date(2026, 5, 31)),
                         ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"])

    def test_february_of_a_leap_year(self):
        rule = Rule(date(2027, 12, 30), "month", 2)
        self.assertEqual(days(rule, date(2028, 1, 1), date(2028, 5, 1)),
                         ["2028-02-29", "2028-04-30"])

    def test_a_leap_day_comes_every_year(self):
        rule = Rule(date(2028, 2, 29), "year")
        self.assertEqual(days(rule, date(2029, 1, 1), date(2032, 12, 31)),
                         ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"])


class AgendaTest(unittest.TestCase):
    def test_entries_are_in_order(self):
        agenda = Agenda()
        agenda.add("water the ferns", Rule(date(2026, 3, 3), "week"))
        agenda.add("rent", Rule(date(2026, 1, 10), "month"))
        self.assertEqual(agenda.text(date(2026, 3, 9), date(2026, 3, 17)),
                         "10.03.2026 water the ferns\n10.03.2026 rent\n17.03.2026 water the ferns")

    def test_an_empty_agenda(self):
        self.assertEqual(Agenda().text(date(2026, 1, 1), date(2026, 12, 31)), "")
