"""Candidates best first, made only as far as they are asked for.

    score = e^(what `prior` gives for the statement, for the template there, and for the draft)

Files, statements, and the templates of a statement wait in one priority queue under an upper
bound of what they can give; an entry is opened only when it comes to the top, so a long file
costs next to nothing before its turn. The same input gives the same order.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count, islice

from fixit_runtime.agent.seams import Suspect
from fixit_runtime.tools.repair.blame import blame
from fixit_runtime.tools.repair.clues import Clues
from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import UNREADABLE, Edit, Source
from fixit_runtime.tools.repair.features import Place
from fixit_runtime.tools.repair.module import Module
from fixit_runtime.tools.repair.package import Package, nearest
from fixit_runtime.tools.repair.prior import Prior, learned
from fixit_runtime.tools.repair.repetition import everywhere
from fixit_runtime.tools.repair.templates import KINDS, Kind

DRAFTS_LIMIT = 400  # of one template at one statement


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
    """Something that can be opened into entries of at most `bound`, a logarithm."""

    bound: float
    open: Callable[[], Iterator[_Entry]]


@dataclass(frozen=True, slots=True)
class Made:
    """A draft with the logarithm of its score."""

    bound: float
    place: Place
    kind: Kind
    draft: Draft

    def ranked(self, bound: float) -> Ranked:
        module, statement = self.place.site.module, self.place.site.statement
        edit = Edit(module.path, self.draft.replacements, self.kind.name, self.draft.note)
        return Ranked(module.source, edit, math.exp(bound), self.kind, statement.lineno)


_Entry = Made | _Closed


@dataclass(frozen=True)
class Order:
    """All edits near the suspects, lazily, best first.

    Args:
        read: the text of a product file. One that is gone or cannot be parsed is left out.
        suspects: suspicious lines, in any order; the greatest suspicion of a line counts.
        kinds: the templates.
        prior: what is likely before any test; None for the weights that are shipped.
    """

    read: Callable[[str], str | None]
    suspects: Sequence[Suspect]
    clues: Clues
    kinds: Sequence[Kind] = KINDS
    prior: Prior | None = None
    work: Work = field(default_factory=Work)

    def __iter__(self) -> Iterator[Ranked]:
        for made, bound in self.made():
            yield made.ranked(bound)

    def made(self) -> Iterator[tuple[Made, float]]:
        """The drafts themselves, each with the logarithm of its score."""
        tick = count()  # entries of equal score come out in the order they were made in
        queue: list[tuple[float, int, _Entry]] = []
        for file in self._files():
            queue.append((-file.bound, next(tick), file))
        heapq.heapify(queue)
        while queue:
            negative, _, entry = heapq.heappop(queue)
            if isinstance(entry, Made):
                yield entry, -negative
                continue
            for inner in entry.open():
                heapq.heappush(queue, (max(-inner.bound, negative), next(tick), inner))

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(suspect.path for suspect in self.suspects))

    def _files(self) -> Iterator[_Closed]:
        prior = self.prior or learned()
        lines: dict[str, dict[int, float]] = {}
        for suspect in self.suspects:
            here = lines.setdefault(suspect.path, {})
            here[suspect.line] = max(suspect.suspiciousness, here.get(suspect.line, 0.0))
        for path, found in sorted(lines.items()):
            bound = prior.of_file(max(found.values()), self.kinds)
            yield _Closed(bound, partial(self._statements, prior, path, found))

    def _statements(self, prior: Prior, path: str, lines: Mapping[int, float]) -> Iterator[_Entry]:
        text = self.read(path)
        if text is None:
            return
        try:
            module = Module(path, text)
        except UNREADABLE:
            return
        self.work.files += 1
        package = Package(self.read, nearest(self._paths, path))
        weights = _Weights(prior, self.kinds)
        for rank, (statement, suspicion) in enumerate(blame(module, lines)):
            site = Site(module, statement, self.clues, package)
            place = Place(site, suspicion, rank, len(self.suspects))
            bases = weights.at(place)
            worth = prior.of_place(place)
            bound = worth + max(
                base + prior.peak(k) for base, k in zip(bases, self.kinds, strict=True)
            )
            yield _Closed(bound, partial(self._templates, prior, place, worth, bases))

    def _templates(
        self, prior: Prior, place: Place, worth: float, bases: Sequence[float]
    ) -> Iterator[_Entry]:
        self.work.statements += 1
        for kind, base in zip(self.kinds, bases, strict=True):
            here = worth + base
            yield _Closed(here + prior.peak(kind), partial(self._drafts, prior, place, kind, here))

    def _drafts(self, prior: Prior, place: Place, kind: Kind, worth: float) -> Iterator[_Entry]:
        self.work.templates += 1
        for draft in islice(kind.make(place.site), DRAFTS_LIMIT):
            for each in (draft, *everywhere(place.site, draft)):
                self.work.drafts += 1
                yield Made(worth + prior.of_draft(place, kind, each), place, kind, each)


@dataclass(frozen=True)
class _Weights:
    """What each template is worth at a statement, kept for statements of like context."""

    prior: Prior
    kinds: Sequence[Kind]
    known: dict[object, tuple[float, ...]] = field(default_factory=dict)

    def at(self, place: Place) -> tuple[float, ...]:
        if place.context not in self.known:
            made = (self.prior.of_kind(place, kind) for kind in self.kinds)
            self.known[place.context] = tuple(made)
        return self.known[place.context]
