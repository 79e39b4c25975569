"""The entrance hall: several gates and one ticket office."""

from museum.gate import Gate
from museum.states import Event, State


class Hall:
    def __init__(self, office, names):
        self.office = office
        self.gates = {name: Gate(name) for name in names}

    def show(self, name, ticket, day):
        """Show a ticket at a gate. Returns whether the gate is open now."""
        gate = self.gates[name]
        if gate.state is State.LOCKED and self.office.accept(ticket, day):
            gate.happens(Event.TICKET)
        return gate.state is State.OPEN

    def walk(self, name):
        """Walk through a gate. Returns whether somebody got in."""
        gate = self.gates[name]
        before = gate.visitors
        gate.happens(Event.PUSH)
        return gate.visitors > before

    def visitors(self):
        return sum(gate.visitors for gate in self.gates.values())
