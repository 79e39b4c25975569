from toll.receipt import receipt
from toll.tariff import Tariff, fee_cents

__all__ = ["Tariff", "fee_cents", "receipt"]
