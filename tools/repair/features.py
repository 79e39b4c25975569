"""What the order of candidates may look at, as named numbers: of a statement, of a template
there, and of one draft.

`prior` weighs them. Those that begin with "hand" are the logarithms of the factors of the
untrained order, so a weight of 1 on each of these and 0 elsewhere is that order.
"""

from __future__ import annotations

import ast
import keyword
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from fixit_runtime.tools.asserted import Value, leaves
from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.module import TOKEN
from fixit_runtime.tools.repair.scopes import BUILTINS
from fixit_runtime.tools.repair.sorts import sort_of
from fixit_runtime.tools.repair.templates import Kind

SHARPNESS = 1.0  # exponent of suspicion; assumed by the untrained order
LATENESS = 50.0  # a file's statement of this rank counts half: keeps long ties lazy
GROWTH_TOKENS = 40.0  # an edit that adds so many tokens counts 1/e; two in three small fixes
# that templates can make write at most six syntax nodes (fixes.md, "Upper bounds")
HAND_PLACE, HAND_KIND, HAND_DRAFT = "hand place", "hand kind", "hand draft"
_SMALL, _LARGE = 40, 400  # suspects: a program of one function, and a package
_EXACT = 20  # tokens: the text of a longer edit is looked up nowhere else

Feature = tuple[str, float]


@dataclass(frozen=True)
class Place:
    """A suspicious statement before anything is drafted there.

    `rank` is its place among the statements of its file by suspicion, from 0; `suspects` how
    many lines are suspected in all.
    """

    site: Site
    suspicion: float
    rank: int
    suspects: int

    @cached_property
    def raised(self) -> frozenset[str]:
        """Exceptions that were raised at this statement's own lines."""
        statement = self.site.statement
        lines = range(statement.lineno, _last_own_line(statement) + 1)
        return self.site.clues.raised_at(self.site.module.path, lines)

    @property
    def scale(self) -> str:
        if self.suspects <= _SMALL:
            return "small"
        return "large" if self.suspects > _LARGE else "middle"

    @property
    def context(self) -> tuple[str, str, frozenset[str]]:
        """All that `of_kind` looks at besides the template and the clues."""
        return type(self.site.statement).__name__, self.scale, self.raised


def of_place(place: Place) -> Iterator[Feature]:
    """Of a statement: where the tests, the traceback and the function's shape point."""
    site, statement = place.site, place.site.statement
    yield HAND_PLACE, SHARPNESS * math.log(place.suspicion) - math.log1p(place.rank / LATENESS)
    yield f"suspicion {place.scale}", math.log(place.suspicion)
    yield f"rank {place.scale}", math.log1p(place.rank)
    yield f"is {type(statement).__name__}", 1.0
    if place.raised:
        yield "raised here", 1.0
    if _holds(site, site.clues.asserted.seen):
        yield "holds what the assertion saw", 1.0
    function = site.function
    if function is None:
        yield "outside functions", 1.0
        return
    yield "function size", math.log1p((function.end_lineno or 0) - function.lineno)
    if function.name in site.clues.mentioned:
        yield "tests call its function", 1.0
    if function.name in site.clues.asserted.called:
        yield "the assertion calls its function", 1.0
    if statement is function.body[-1]:
        yield "ends its function", 1.0
    if statement is function.body[0]:
        yield "starts its function", 1.0
    held = site.own_names & site.clues.mentioned
    if held:
        yield "tests name what it holds", 1.0
    if site.is_within(statement, ast.For, ast.While):
        yield "in a loop", 1.0


def _holds(site: Site, values: frozenset[Value]) -> bool:
    """Whether one of the statement's literals, or a word of it, is among the values."""
    if not values:
        return False
    literals = (node.value for node in site.nodes if isinstance(node, ast.Constant))
    return any(leaf in values for literal in literals for leaf in leaves(literal))


def of_kind(place: Place, kind: Kind) -> Iterator[Feature]:
    """Of a template at a statement."""
    yield HAND_KIND, math.log(kind.weight * crash_factor(place, kind))
    statement, scale, raised = place.context
    yield kind.name, 1.0
    yield f"{kind.name} {scale}", 1.0
    yield f"{kind.name} in {statement}", 1.0
    for error in sorted(place.site.clues.errors):
        yield f"{kind.name} on {error}", 1.0
    for error in sorted(raised):
        yield f"{kind.name} at {error}", 1.0
    for symptom in sorted(place.site.clues.symptoms):
        yield f"{kind.name} where {symptom}", 1.0


def crash_factor(place: Place, kind: Kind) -> float:
    """The template's factor for the exceptions that the failing tests show: whole at the
    statement that raised it, its square root elsewhere."""
    factors = [
        factor if error in place.raised else math.sqrt(factor)
        for error, factor in kind.crash.items()
        if error in place.site.clues.errors
    ]
    return max(factors, default=1.0)


def of_draft(place: Place, kind: Kind, draft: Draft) -> Iterator[Feature]:
    """Of one draft: its share, its size, what it takes and what it brings."""
    site = place.site
    change = _Change.of(site, draft)
    yield HAND_DRAFT, hand_share(kind, draft, change.growth)
    share = math.log(max(draft.share, 1e-6))
    yield "share", share
    yield f"share {kind.name}", share
    yield "growth", change.growth / 10
    yield "taken", min(len(change.taken), 20) / 10
    if len(draft.replacements) > 1:
        yield "many places", 1.0
    if draft.node is not None:
        parent = type(site.parent(draft.node)).__name__
        yield f"{kind.name} of {type(draft.node).__name__}", 1.0
        yield f"{kind.name} below {parent}", 1.0
    yield from _of_sorts(kind, site, draft, change)
    yield from _of_tokens(kind, change)
    yield from _of_names(site, change)
    yield from _of_likeness(site, draft, change)


def growth(site: Site, draft: Draft) -> int:
    """Tokens that the edit writes more than it takes away."""
    text = site.module.source.text
    written = sum(len(TOKEN.findall(piece.text)) for piece in draft.replacements)
    taken = sum(len(TOKEN.findall(text[p.start : p.end])) for p in draft.replacements)
    return max(written - taken, 0)


def hand_share(kind: Kind, draft: Draft, growth_tokens: int) -> float:
    """The logarithm of the draft's part in the untrained order."""
    share = min(draft.share * math.exp(-growth_tokens / GROWTH_TOKENS), kind.peak)
    return math.log(max(share, 1e-12))


@dataclass(frozen=True)
class _Change:
    """The tokens that an edit takes away and those that it brings, what stays left out."""

    taken: tuple[str, ...]
    brought: tuple[str, ...]
    text: str
    growth: int

    @classmethod
    def of(cls, site: Site, draft: Draft) -> _Change:
        text = site.module.source.text
        old = [t for p in draft.replacements for t in TOKEN.findall(text[p.start : p.end])]
        new = [t for p in draft.replacements for t in TOKEN.findall(p.text)]
        taken, brought = Counter(old) - Counter(new), Counter(new) - Counter(old)
        whole = " ".join(new) if len(new) <= _EXACT else ""
        return cls(
            tuple(taken.elements()), tuple(brought.elements()), whole, max(len(new) - len(old), 0)
        )


def _of_sorts(kind: Kind, site: Site, draft: Draft, change: _Change) -> Iterator[Feature]:
    """Whether the values that come fit those that go."""
    if draft.node is None:
        return
    old = sort_of(draft.node, site.sorts)
    yield f"{kind.name} of a {old or 'value'}", 1.0
    if len(change.brought) == len(change.taken) == 1 and change.brought[0].isidentifier():
        new = site.sorts.get(change.brought[0], "")
        if old and new:
            yield "same sort" if old == new else "another sort", 1.0
    else:
        for token in change.brought[:1]:
            if token in BUILTINS and old:
                yield f"{token} of a {old}", 1.0


def _of_tokens(kind: Kind, change: _Change) -> Iterator[Feature]:
    """The one token that becomes another one, where it is no name of the program's own."""
    if len(change.taken) <= 1 and len(change.brought) <= 1:
        old, new = "".join(change.taken), "".join(change.brought)
        if not any(_is_own(token) for token in (old, new)):
            yield f"{old} -> {new}", 1.0
    for token in dict.fromkeys(change.brought):
        if token in BUILTINS or keyword.iskeyword(token):
            yield f"brings {token}", 1.0
            yield f"{kind.name} brings {token}", 1.0


def _of_names(site: Site, change: _Change) -> Iterator[Feature]:
    """Where the names and literals come from that an edit brings, and what it leaves unused."""
    fresh = [t for t in dict.fromkeys(change.brought) if _is_own(t)]
    nearness = {near.name: near.nearness for near in site.names}
    names = [t for t in fresh if t.isidentifier()]
    if any(name in site.idle for name in names):
        yield "brings what is idle", 1.0
    if any(name in site.clues.mentioned for name in names):
        yield "brings what tests name", 1.0
    if any(nearness.get(name, 0.0) >= 1.0 for name in names):
        yield "brings a local", 1.0
    if any(0.0 < nearness.get(name, 0.0) < 0.3 for name in names):
        yield "brings a name of the file", 1.0
    unknown = [n for n in names if n not in nearness]
    if unknown:
        yield "brings attributes", 1.0
        if not all(n in site.module.members[""] for n in unknown):
            yield "brings what the file lacks", 1.0
    if values := [t for t in fresh if not t.isidentifier()]:
        told = any(t in site.told for t in values)
        yield "brings a literal of the tests" if told else "brings another literal", 1.0
        wanted = {repr(value) for pair in site.clues.pairs for value in pair}
        if any(t in wanted for t in values):
            yield "brings a value of the assertion", 1.0
    gone = {t for t in change.taken if t.isidentifier()}
    if any(site.reads.get(name) == 1 for name in gone):
        yield "leaves a name idle", 1.0


def _of_likeness(site: Site, draft: Draft, change: _Change) -> Iterator[Feature]:
    """How natural the result is: like what it replaces, like what the file says elsewhere."""
    if len(change.taken) == len(change.brought) == 1:
        old, new = change.taken[0], change.brought[0]
        if old.isidentifier() and new.isidentifier():
            yield "like spelling", likeness(old, new)
    if change.text and len(change.brought) > 1 and change.text in site.module.joined:
        yield "stands in the file", 1.0
    text = site.module.source.text
    seen = total = 0
    for piece in draft.replacements:
        before = TOKEN.findall(text[max(piece.start - 40, 0) : piece.start])[-1:]
        after = TOKEN.findall(text[piece.end : piece.end + 40])[:1]
        for pair in pairwise([*before, *TOKEN.findall(piece.text), *after]):
            total += 1
            seen += pair in site.module.bigrams
    if total:
        yield "unseen pairs", (total - seen) / total
        yield "count of unseen pairs", min(total - seen, 8) / 4


def _is_own(token: str) -> bool:
    """A name that the program made up, or a literal."""
    if token.isidentifier():
        return not (keyword.iskeyword(token) or token in BUILTINS)
    return token[:1] in "\"'" or (token[:1].isdigit() and token not in ("0", "1", "2"))


def _last_own_line(statement: ast.stmt) -> int:
    """The last line before the statements inside it."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return max(statement.lineno, body[0].lineno - 1)
    return statement.end_lineno or statement.lineno
