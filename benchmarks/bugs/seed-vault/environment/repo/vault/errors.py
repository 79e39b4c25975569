"""What can go wrong at the counter."""


class VaultError(Exception):
    """All errors of the vault."""


class UnknownVariety(VaultError, KeyError):
    pass


class UnknownLoan(VaultError, KeyError):
    pass


class NotEnough(VaultError):
    def __init__(self, variety, wanted, free):
        super().__init__(f"{wanted} x {variety} wanted, {free} free")
        self.variety = variety
        self.wanted = wanted
        self.free = free
