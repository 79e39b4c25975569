"""Tickets are valid once, on their day."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ticket:
    number: int
    day: str


class TicketOffice:
    """Sells tickets and remembers which were used."""

    def __init__(self):
        self._sold = 0
        self._used = set()

    def sell(self, day):
        self._sold += 1
        return Ticket(self._sold, day)

    def accept(self, ticket, day):
        """Whether a ticket opens a gate on this day; if so it is used up."""
        if ticket.day != day or ticket.number in self._used:
            return False
        self._used.add(ticket.number)
        return True
