"""Ledgers as the treasurer keeps them: one account a line."""


class LedgerError(ValueError):
    def __init__(self, line, problem):
        super().__init__(f"line {line}: {problem}")
        self.line = line


def read_ledger(text):
    """Balances in cents by account, from lines such as "membership fees = 1200.50"."""
    balances = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith(";"):
            continue
        account, equals, amount = line.rpartition("=")
        account = " ".join(account.split())
        if not equals or not account:
            raise LedgerError(number, "an account, = and an amount are needed")
        if account in balances:
            raise LedgerError(number, f"{account} is there twice")
        balances[account] = _cents(number, amount.strip())
    return balances


def _cents(number, amount):
    whole, _, part = amount.partition(".")
    sign = -1 if whole.startswith("-") else 1
    try:
        return sign * (abs(int(whole)) * 100 + int(part.ljust(2, "0") or 0))
    except ValueError:
        raise LedgerError(number, f"not an amount: {amount!r}") from None
