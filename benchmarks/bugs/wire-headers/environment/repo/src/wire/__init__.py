"""Header blocks of a small text protocol."""

from wire.headers import Headers
from wire.message import Message, read, write

__all__ = ["Headers", "Message", "read", "write"]
