import unittest

from museum.gate import Gate
from museum.hall import Hall
from museum.log import busiest, entry
from museum.states import Event
from museum.tickets import TicketOffice


class HallTest(unittest.TestCase):
    def setUp(self):
        self.office = TicketOffice()
        self.hall = Hall(self.office, ["north", "south"])

    def test_a_ticket_of_today_opens_a_gate(self):
        self.assertTrue(self.hall.show("north", self.office.sell("monday"), "monday"))
        self.assertTrue(self.hall.walk("north"))
        self.assertFalse(self.hall.walk("south"))

    def test_a_ticket_of_yesterday_does_not(self):
        self.assertFalse(self.hall.show("north", self.office.sell("sunday"), "monday"))

    def test_a_ticket_is_used_up(self):
        ticket = self.office.sell("monday")
        self.assertTrue(self.office.accept(ticket, "monday"))
        self.assertFalse(self.office.accept(ticket, "monday"))

    def test_nobody_slips_in_behind_a_visitor(self):
        self.hall.show("north", self.office.sell("monday"), "monday")
        self.assertEqual([self.hall.walk("north") for _ in range(3)], [True, False, False])
        self.assertEqual(self.hall.visitors(), 1)


class LogTest(unittest.TestCase):
    def test_a_line_of_the_book(self):
        self.assertEqual(
            entry((9, 5), Gate("north"), Event.CLIMB), "09:05 north: somebody climbs over"
        )

    def test_the_busiest_gate(self):
        north, south = Gate("north"), Gate("south")
        south.visitors = 2
        self.assertIs(busiest([north, south]), south)
