from lab.quantity import Quantity
from lab.reading import read

__all__ = ["Quantity", "read"]
