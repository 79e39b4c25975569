"""A very small mail merge for HTML postcards."""

from postcard.render import render

__all__ = ["render"]
