"""The page of a savings book: each entry with what is in the pig afterwards."""

from piggybank.coins import shown


def balances(entries, opening=0):
    """Cents in the pig after each entry, when `opening` cents were there before."""
    balance = 0
    after = []
    for entry in entries:
        balance += entry.cents
        after.append(balance)
    return after


def closing(entries, opening=0):
    """Cents in the pig at the end; the opening ones where nothing happened."""
    after = balances(entries, opening)
    return after[-1] if after else opening


def page(entries, opening=0):
    """One line for each entry: day, reason, cents, balance."""
    lines = [f"{'':>4} {'brought forward':<16}{'':>8}{shown(opening):>8}"]
    for entry, balance in zip(entries, balances(entries, opening)):
        lines.append(f"{entry.day:>4} {entry.why:<16}{shown(entry.cents):>8}{shown(balance):>8}")
    return "\n".join(lines)
