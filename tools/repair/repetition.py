"""The same edit at every like place of the function: 7 % of small fixes repeat one edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement

REPEATED = 0.08  # share of the single edit's; 50 of 743 small fixes repeat one (fixes.md)
PLACES_LIMIT = 8


def everywhere(site: Site, draft: Draft) -> Iterator[Draft]:
    """The draft made at each expression of the function that is typed the same; nothing where
    there is just one, or too many."""
    node, function = draft.node, site.function
    if node is None or function is None or len(draft.replacements) != 1:
        return
    (piece,) = draft.replacements
    if (piece.start, piece.end) != site.module.source.span(node):
        return
    like = site.module.alike(function, node)
    if 2 <= len(like) <= PLACES_LIMIT:
        pieces = tuple(Replacement(start, end, piece.text) for start, end in like)
        note = f"{draft.note}, at {len(like)} places"
        yield replace(draft, replacements=pieces, share=REPEATED * draft.share, note=note)
