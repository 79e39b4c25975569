"""Packets of seeds that gardeners borrow and bring back."""

from vault.errors import NotEnough, UnknownLoan, UnknownVariety
from vault.stock import Vault

__all__ = ["NotEnough", "UnknownLoan", "UnknownVariety", "Vault"]
