"""Candidates best first, made only as far as they are asked for.

    score = suspicion² x lateness x template weight x crash factor x share x e^(−growth/40)

Files, statements, and the templates of a statement wait in one priority queue under an upper
bound of what they can give; an entry is opened only when it comes to the top, so a long file
costs next to nothing before its turn. The same input gives the same order.
"""

from __future__ import annotations

import ast
import heapq
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count, islice

from fixit_runtime.agent.seams import Suspect
from fixit_runtime.tools.repair.blame import blame
from fixit_runtime.tools.repair.clues import Clues
from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import UNREADABLE, Edit, Source
from fixit_runtime.tools.repair.module import Module
from fixit_runtime.tools.repair.repetition import everywhere
from fixit_runtime.tools.repair.templates import KINDS, Kind

SHARPNESS = 2.0  # exponent of suspicion; assumed, until learned
LATENESS = 50.0  # a file's statement of this rank counts half: keeps long ties lazy
GROWTH_TOKENS = 40.0  # an edit that adds so many tokens counts 1/e; two in three small fixes
# that templates can make write at most six syntax nodes (fixes.md, "Upper bounds")
DRAFTS_LIMIT = 400  # of one template at one statement
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Ranked:
    """An edit of a source with its score; along the order, scores never rise."""

    source: Source
    edit: Edit
    score: float
    kind: Kind
    line: int


@dataclass(slots=True)
class Work:
    """How much has been made: files parsed, statements and templates opened, edits drafted."""

    files: int = 0
    statements: int = 0
    templates: int = 0
    drafts: int = 0


@dataclass(frozen=True, slots=True)
class _Closed:
    """Something that can be opened into entries of at most `bound`."""

    bound: float
    open: Callable[[], Iterator[_Entry]]


_Entry = Ranked | _Closed


@dataclass(frozen=True)
class Order:
    """All edits near the suspects, lazily, best first.

    Args:
        read: the text of a product file. One that is gone or cannot be parsed is left out.
        suspects: suspicious lines, in any order; the greatest suspicion of a line counts.
        kinds: templates with their weights: `templates.KINDS`, or learned ones.
    """

    read: Callable[[str], str | None]
    suspects: Sequence[Suspect]
    clues: Clues
    kinds: Sequence[Kind] = KINDS
    work: Work = field(default_factory=Work)

    def __iter__(self) -> Iterator[Ranked]:
        tick = count()  # entries of equal score come out in the order they were made in
        queue: list[tuple[float, int, _Entry]] = []
        for file in self._files():
            queue.append((-file.bound, next(tick), file))
        heapq.heapify(queue)
        while queue:
            bound, _, entry = heapq.heappop(queue)
            if isinstance(entry, Ranked):
                yield replace(entry, score=-bound)
                continue
            for inner in entry.open():
                score = min(inner.score if isinstance(inner, Ranked) else inner.bound, -bound)
                heapq.heappush(queue, (-score, next(tick), inner))

    def _files(self) -> Iterator[_Closed]:
        lines: dict[str, dict[int, float]] = {}
        for suspect in self.suspects:
            here = lines.setdefault(suspect.path, {})
            here[suspect.line] = max(suspect.suspiciousness, here.get(suspect.line, 0.0))
        heaviest = max(kind.weight * max(kind.crash.values(), default=1.0) for kind in self.kinds)
        for path, found in sorted(lines.items()):
            bound = max(found.values()) ** SHARPNESS * heaviest
            yield _Closed(bound, partial(self._statements, path, found))

    def _statements(self, path: str, lines: Mapping[int, float]) -> Iterator[_Entry]:
        text = self.read(path)
        if text is None:
            return
        try:
            module = Module(path, text)
        except UNREADABLE:
            return
        self.work.files += 1
        for rank, (statement, suspicion) in enumerate(blame(module, lines)):
            worth = suspicion**SHARPNESS / (1 + rank / LATENESS)
            heaviest = max(kind.weight * self._crash(kind, path, statement) for kind in self.kinds)
            site = Site(module, statement, self.clues)
            yield _Closed(worth * heaviest, partial(self._templates, site, worth))

    def _templates(self, site: Site, worth: float) -> Iterator[_Entry]:
        self.work.statements += 1
        for kind in self.kinds:
            weight = kind.weight * self._crash(kind, site.module.path, site.statement)
            here = worth * weight
            yield _Closed(here * kind.peak, partial(self._drafts, site, kind, here))

    def _drafts(self, site: Site, kind: Kind, worth: float) -> Iterator[_Entry]:
        self.work.templates += 1
        for draft in islice(kind.make(site), DRAFTS_LIMIT):
            for each in (draft, *everywhere(site, draft)):
                self.work.drafts += 1
                edit = Edit(site.module.path, each.replacements, kind.name, each.note)
                share = min(each.share * math.exp(-_growth(site, each) / GROWTH_TOKENS), kind.peak)
                yield Ranked(site.module.source, edit, worth * share, kind, site.statement.lineno)

    def _crash(self, kind: Kind, path: str, statement: ast.stmt) -> float:
        """The template's factor for the exceptions that the failing tests show: whole at the
        statement that raised it, its square root elsewhere."""
        if not kind.crash:
            return 1.0
        lines = range(statement.lineno, _last_own_line(statement) + 1)
        here = self.clues.raised_at(path, lines)
        factors = [
            factor if error in here else math.sqrt(factor)
            for error, factor in kind.crash.items()
            if error in self.clues.errors
        ]
        return max(factors, default=1.0)


def _last_own_line(statement: ast.stmt) -> int:
    """The last line before the statements inside it."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return max(statement.lineno, body[0].lineno - 1)
    return statement.end_lineno or statement.lineno


def _growth(site: Site, draft: Draft) -> int:
    """Tokens that the edit writes more than it takes away."""
    text = site.module.source.text
    written = sum(len(_TOKEN.findall(piece.text)) for piece in draft.replacements)
    taken = sum(len(_TOKEN.findall(text[p.start : p.end])) for p in draft.replacements)
    return max(written - taken, 0)
