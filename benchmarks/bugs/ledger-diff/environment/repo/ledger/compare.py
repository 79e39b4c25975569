"""What happened between two ledgers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """`mark` is + for a new account, - for a closed one and ~ for another balance."""

    mark: str
    account: str
    before: int | None
    after: int | None

    @property
    def cents(self):
        return (self.after or 0) - (self.before or 0)


def compare(before, after):
    """Changes by name of account; accounts that are as they were are left out."""
    changes = []
    for account in sorted(before.keys() | after.keys()):
        old, new = before.get(account), after.get(account)
        if old is None:
            changes.append(Change("+", account, old, new))
        elif new is None:
            changes.append(Change("-", account, old, new))
    return changes


def drift(changes):
    """By how many cents the sum of all accounts changed."""
    return sum(change.cents for change in changes)
