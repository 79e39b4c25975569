import unittest
from datetime import date, datetime

from badges.badge import Badge
from badges.doors import Building
from badges.gate import Gate

NOON = datetime(2026, 5, 4, 12)
MIDNIGHT = datetime(2026, 5, 5)


class GateTest(unittest.TestCase):
    def setUp(self):
        building = Building()
        building.door("dome", "astronomer", night=True)
        building.door("library", "astronomer", "student")
        building.door("cellar", "porter", night=True)
        self.gate = Gate(building)

    def assertReaches(self, badge, *names, at=NOON):
        self.assertEqual(self.gate.reachable(badge, at), list(names))

    def test_roles_open_doors(self):
        self.assertReaches(Badge.of("Vera", "astronomer"), "dome", "library")
        self.assertReaches(Badge.of("Tom", "student"), "library")

    def test_several_roles_add_up(self):
        self.assertReaches(Badge.of("Tom", "student", "porter"), "cellar", "library")

    def test_nobody_without_a_role(self):
        self.assertReaches(Badge.of("Eve"))

    def test_a_badge_may_name_doors(self):
        self.assertReaches(Badge.of("Guest", doors=["dome"]), "dome")

    def test_named_doors_come_on_top_of_roles(self):
        self.assertReaches(Badge.of("Tom", "student", doors=["cellar"]), "cellar", "library")

    def test_some_doors_are_closed_at_night(self):
        self.assertReaches(Badge.of("Vera", "astronomer"), "dome", at=MIDNIGHT)

    def test_named_doors_are_closed_at_night_too(self):
        self.assertReaches(Badge.of("Guest", doors=["library"]), at=MIDNIGHT)
        self.assertReaches(Badge.of("Guest", doors=["dome"]), "dome", at=MIDNIGHT)

    def test_an_expired_badge_opens_nothing(self):
        badge = Badge.of("Vera", "astronomer", doors=["cellar"], expires=date(2026, 5, 3))
        self.assertReaches(badge)

    def test_the_last_day_counts(self):
        badge = Badge.of("Tom", "student", expires=date(2026, 5, 4))
        self.assertTrue(self.gate.opens(badge, "library", NOON))
        self.assertFalse(self.gate.opens(badge, "library", NOON.replace(day=5)))

    def test_refusals_are_kept(self):
        self.gate.opens(Badge.of("Tom", "student"), "dome", NOON)
        self.gate.opens(Badge.of("Tom", "student"), "library", MIDNIGHT)
        self.gate.opens(Badge.of("Tom", "student"), "attic", NOON)
        self.gate.opens(Badge.of("Tom", "student"), "library", NOON)
        self.assertEqual(
            self.gate.refusals,
            [
                ("Tom", "dome", "not allowed"),
                ("Tom", "library", "closed at night"),
                ("Tom", "attic", "no such door"),
            ],
        )


if __name__ == "__main__":
    unittest.main()
