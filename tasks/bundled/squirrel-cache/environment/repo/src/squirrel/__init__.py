"""A small cache that forgets what nobody asked for in the longest time."""

from squirrel.cache import Cache
from squirrel.memo import memo

__all__ = ["Cache", "memo"]
