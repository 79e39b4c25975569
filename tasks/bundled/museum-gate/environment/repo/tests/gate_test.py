import unittest

from museum.gate import Gate
from museum.states import Event, State


def after(*events):
    gate = Gate("north")
    for event in events:
        gate.happens(event)
    return gate


class GateTest(unittest.TestCase):
    def test_a_gate_is_locked_at_first(self):
        self.assertIs(Gate("north").state, State.LOCKED)

    def test_pushing_a_locked_gate_does_nothing(self):
        gate = after(Event.PUSH, Event.PUSH)
        self.assertIs(gate.state, State.LOCKED)
        self.assertEqual(gate.visitors, 0)

    def test_a_ticket_opens_it(self):
        self.assertIs(after(Event.TICKET).state, State.OPEN)
        self.assertIs(after(Event.TICKET, Event.TICKET).state, State.OPEN)

    def test_one_ticket_is_for_one_visitor(self):
        gate = after(Event.TICKET, Event.PUSH)
        self.assertIs(gate.state, State.LOCKED)
        self.assertIs(gate.happens(Event.PUSH), State.LOCKED)
        self.assertEqual(gate.visitors, 1)

    def test_every_ticket_lets_one_in(self):
        for visitors in range(5):
            gate = after(*[Event.TICKET, Event.PUSH, Event.PUSH] * visitors)
            self.assertEqual(gate.visitors, visitors)
            self.assertIs(gate.state, State.LOCKED)

    def test_climbing_rings_the_alarm_once(self):
        for start in ([], [Event.TICKET]):
            gate = after(*start, Event.CLIMB, Event.CLIMB)
            self.assertIs(gate.state, State.ALARM)
            self.assertEqual(gate.alarms, 1)

    def test_only_the_key_ends_an_alarm(self):
        gate = after(Event.CLIMB, Event.TICKET, Event.PUSH)
        self.assertIs(gate.state, State.ALARM)
        self.assertIs(gate.happens(Event.RESET), State.LOCKED)

    def test_the_key_does_nothing_to_a_quiet_gate(self):
        self.assertIs(after(Event.RESET).state, State.LOCKED)
        self.assertIs(after(Event.TICKET, Event.RESET).state, State.OPEN)


if __name__ == "__main__":
    unittest.main()
