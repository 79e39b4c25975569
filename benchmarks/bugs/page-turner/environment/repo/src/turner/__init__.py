from turner.links import navigation
from turner.page import Page, PageOutOfRange, Paginator

__all__ = ["Page", "PageOutOfRange", "Paginator", "navigation"]
