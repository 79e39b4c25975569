"""The shelves, and what is promised of them."""

from dataclasses import dataclass

from vault.errors import NotEnough, UnknownLoan, UnknownVariety
from vault.journal import Journal


@dataclass
class Shelf:
    """Packets of a variety. `promised` ones lie here but belong to a loan."""

    packets: int = 0
    promised: int = 0

    @property
    def free(self):
        return self.packets - self.promised


@dataclass
class Loan:
    borrower: str
    variety: str
    packets: int
    state: str = "promised"  # promised, out, closed


class Vault:
    def __init__(self, journal=None):
        self.journal = journal or Journal()
        self._shelves = {}
        self._loans = {}

    def store(self, variety, packets):
        """Put packets on the shelf; new varieties get one."""
        if packets <= 0:
            raise ValueError("store at least one packet")
        self._shelves.setdefault(variety, Shelf()).packets += packets
        self.journal.note("store", variety, packets)

    def free(self, variety):
        return self._shelf(variety).free

    def promise(self, borrower, variety, packets):
        """Reserve packets for somebody; returns the loan's number."""
        shelf = self._shelf(variety)
        if packets > shelf.free:
            raise NotEnough(variety, packets, shelf.free)
        shelf.promised += packets
        number = len(self._loans) + 1
        self._loans[number] = Loan(borrower, variety, packets)
        self.journal.note("promise", variety, packets)
        return number

    def hand_out(self, number):
        """The borrower takes the packets away."""
        loan = self._loan(number, "promised")
        shelf = self._shelf(loan.variety)
        shelf.promised -= loan.packets
        shelf.packets -= loan.packets
        loan.state = "out"
        self.journal.note("out", loan.variety, loan.packets)

    def cancel(self, number):
        """The borrower does not come; the packets are free again."""
        loan = self._loan(number, "promised")
        loan.state = "closed"
        self.journal.note("cancel", loan.variety, loan.packets)

    def bring_back(self, number, packets):
        """A harvest comes back, often more than was borrowed."""
        loan = self._loan(number, "out")
        self._shelf(loan.variety).packets += packets
        loan.state = "closed"
        self.journal.note("back", loan.variety, packets)

    def open_loans(self, borrower):
        return [n for n, loan in self._loans.items()
                if loan.borrower == borrower and loan.state != "closed"]

    def _shelf(self, variety):
        try:
            return self._shelves[variety]
        except KeyError:
            raise UnknownVariety(variety) from None

    def _loan(self, number, state):
        loan = self._loans.get(number)
        if loan is None or loan.state != state:
            raise UnknownLoan(number)
        return loan
