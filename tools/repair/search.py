"""The search tier: repairs made of edits, tried on the failing tests in the sandbox, for no
tokens.

Candidates come lazily, best first (`rank`); each is tried on the failing tests (`trial`). A
slice does not stop at the first that passes: it goes on through what is ranked close to it,
since the first patch that passes is often not the right one, and says how far each is to be
believed (`trust`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

from fixit_runtime.agent.economy import Action, Prices, Quote
from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import (
    Candidate,
    Clock,
    Proposal,
    Sandbox,
    Stage,
    State,
    Suspect,
    TestCommand,
    TestFacts,
)
from fixit_runtime.tools import protect
from fixit_runtime.tools.patch import make_diff
from fixit_runtime.tools.repair import cursor
from fixit_runtime.tools.repair.clues import Clues, clues
from fixit_runtime.tools.repair.edits import mutate
from fixit_runtime.tools.repair.fallback import suspects_without_plan
from fixit_runtime.tools.repair.prior import Prior
from fixit_runtime.tools.repair.rank import Order, Ranked
from fixit_runtime.tools.repair.templates import KINDS, Kind
from fixit_runtime.tools.repair.trial import Trial
from fixit_runtime.tools.repair.trust import Plausible, priors

TIER = "search"
SLICE = 640  # the most candidates of a slice
FIRST_SLICE = 12  # the likeliest candidates are cheap to ask first
HANDFUL = 6  # candidates tried after the first that passes, at least
CLOSE = 0.7  # and, within the slice, all whose score is at least this part of its score
UNTRIED_LIMIT = 2_000  # edits of one slice that do not compile or are known: host time only

Texts = Mapping[str, str | None]
REFUSE = partial(protect.refuse, allow_test_edits=False)


@dataclass(slots=True)
class _Stream:
    """One order being consumed. `place` counts the edits taken from it, tried or not."""

    name: str
    edits: Iterator[Ranked]
    place: int = 0
    exhausted: bool = False

    def take(self) -> Ranked | None:
        ranked = next(self.edits, None)
        self.exhausted = ranked is None
        self.place += ranked is not None
        return ranked

    def put_back(self, ranked: Ranked) -> None:
        self.edits = chain([ranked], self.edits)
        self.place -= 1


@dataclass(slots=True)
class _Slice:
    """What one slice has brought so far."""

    size: int
    tried: int = 0
    untried: int = 0
    since_first: int = 0
    found: list[Plausible] = field(default_factory=list)

    def wants(self, score: float) -> bool:
        """Whether the next candidate, of this score, still belongs to the slice."""
        if self.untried >= UNTRIED_LIMIT:
            return False
        if not self.found:
            return self.tried < self.size
        if self.since_first < HANDFUL:
            return True
        return self.tried < self.size and score >= CLOSE * self.found[0].ranked.score


@dataclass(frozen=True, slots=True)
class _Task:
    """What the failing tests of one task tell without a plan."""

    facts: TestFacts
    clues: Clues
    suspects: tuple[Suspect, ...]


class SearchProposer:
    """Implements `seams.Proposer` without a model.

    Args:
        sandbox: started; it holds the untouched copy before and after each slice.
        read: the original text of a file of the repository; None where there is none.
        files: paths of the Python files that may be repaired. Protected ones are left out.
        slice_size: candidates tried in a slice; the first one is smaller.
        is_protected: why a path may not be touched, or None.
        refuse: why a candidate that passes is refused all the same (new texts, old texts).
        prior: what orders the candidates; None for the weights that are shipped.
    """

    tier = TIER

    def __init__(
        self,
        sandbox: Sandbox,
        command: TestCommand,
        read: Callable[[str], str | None],
        files: Sequence[str],
        *,
        prices: Prices,
        clock: Clock,
        slice_size: int = SLICE,
        is_protected: Callable[[str], str | None] = protect.protected,
        refuse: Callable[[Texts, Texts], str | None] = REFUSE,
        kinds: Sequence[Kind] = KINDS,
        prior: Prior | None = None,
    ) -> None:
        self._read = _lenient(read)
        self._files = tuple(path for path in sorted(files) if is_protected(path) is None)
        self._trial = Trial(sandbox, command, self._read, prices, clock)
        self._prices = prices
        self._slice_size = slice_size
        self._refuse = refuse
        self._kinds = kinds
        self._prior = prior
        self._known: _Task | None = None
        self._streams: dict[str, _Stream] = {}
        self._seen: set[str] = set()
        self._found: dict[str, Plausible] = {}

    def quote(self, state: State) -> Quote | None:
        """The next slice, at the mean cost of a run so far. `p_accept` is left to the belief."""
        suspects = self._suspects(state)
        stream = self._streams.get(cursor.fingerprint(suspects))
        if not suspects or not state.facts.failing or (stream is not None and stream.exhausted):
            return None
        size, runs = self._size(state), self._trial.meter.runs
        cpu_s, wall_s = self._trial.expected(state.facts)
        worst_cpu_s = (size + HANDFUL) * self._trial.limits(state.facts).cpu_s
        basis = f"mean of {runs} runs" if runs else "start time assumed"
        return Quote(
            f"act:{self.tier}",
            Action.ACT,
            tier=self.tier,
            cost_usd=size * cpu_s * self._prices.cpu_usd_per_s,
            cost_worst_usd=worst_cpu_s * self._prices.cpu_usd_per_s,
            latency_s=size * wall_s,
            outcomes=Quote.attempt(0.0),
            sources=(f"search: {basis}",),
        )

    def propose(self, state: State, ledger: Ledger) -> Proposal:
        """Try the next slice. Every run is charged as it ends. Raises SandboxError and
        EnvironmentFailed, never for what a candidate does."""
        before = ledger.spent
        consumed = cursor.parse(state.cursors.get(self.tier, ""))
        stream = self._stream(state, consumed)
        part = _Slice(self._size(state))
        while self._affords(state.facts, ledger) and (ranked := stream.take()) is not None:
            if not part.wants(ranked.score):
                stream.put_back(ranked)
                break
            self._consider(ranked, stream.place, part, state.facts, ledger)
        candidates, refused = self._candidates(state, part.found)
        return Proposal(
            candidates=candidates,
            spend=ledger.spent - before,
            tried=part.tried,
            exhausted=stream.exhausted and state.planned,
            refused=refused,
            cursor=cursor.written({**consumed, stream.name: stream.place}),
            detail=f"{part.tried} candidates tried, {len(candidates)} pass the failing tests",
        )

    def _consider(
        self, ranked: Ranked, place: int, part: _Slice, facts: TestFacts, ledger: Ledger
    ) -> None:
        """Try one candidate, unless it does not compile or an equal one was tried."""
        mutant = mutate(ranked.source, ranked.edit)
        if mutant is None or mutant.id in self._seen:
            part.untried += 1
            return
        self._seen.add(mutant.id)
        judgement = self._trial.passes(facts, {mutant.path: mutant.text}, ledger)
        part.tried += 1
        part.since_first += bool(part.found)
        if judgement.ok:
            plausible = Plausible(mutant, ranked, place)
            part.found.append(plausible)
            self._found[mutant.id] = plausible

    def _candidates(
        self, state: State, found: Sequence[Plausible]
    ) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
        """The new plausible candidates, best first, and those that are refused."""
        gone = {c.id for c in state.candidates if c.stage is Stage.REJECTED}
        made = {each.mutant.id: self._candidate(each) for each in found}
        gone |= {f"{TIER}-{i}" for i, c in made.items() if c.stage is Stage.REJECTED}
        rivals = [each for i, each in self._found.items() if f"{TIER}-{i}" not in gone]
        chances = priors(rivals, len(state.facts.failing))
        by_id = {each.mutant.id: p for each, p in zip(rivals, chances, strict=True)}
        green = [replace(c, prior=by_id[i]) for i, c in made.items() if i in by_id]
        refused = [c for i, c in made.items() if i not in by_id]
        return tuple(sorted(green, key=lambda c: c.rank)), tuple(refused)

    def _candidate(self, plausible: Plausible) -> Candidate:
        mutant, ranked = plausible.mutant, plausible.ranked
        files, originals = {mutant.path: mutant.text}, {mutant.path: self._read(mutant.path)}
        why = self._refuse(files, originals)
        return Candidate(
            id=f"{TIER}-{mutant.id}",
            tier=TIER,
            files=files,
            note=f"{mutant.path}:{ranked.line}: {ranked.edit.note} ({ranked.kind.name})",
            rank=-plausible.weight,
            stage=Stage.REJECTED if why else Stage.GREEN,
            diff=make_diff(originals, files),
            why_rejected=why or "",
        )

    def _stream(self, state: State, consumed: Mapping[str, int]) -> _Stream:
        """The order for this state, at the place where the state's cursor left it.

        An order that was consumed further than the cursor says belongs to a slice that never
        ended: all are made again, and what the cursor counts is skipped.
        """
        places = {name: stream.place for name, stream in self._streams.items()}
        if any(places.get(name) != number for name, number in consumed.items()) or any(
            place != consumed.get(name, 0) for name, place in places.items()
        ):
            self._streams.clear()
            self._seen.clear()
        suspects = self._suspects(state)
        for each in dict.fromkeys((self._task(state.facts).suspects, suspects)):
            name = cursor.fingerprint(each)
            if name not in self._streams and (each == suspects or name in consumed):
                self._streams[name] = self._replayed(name, each, state.facts, consumed)
        return self._streams[cursor.fingerprint(suspects)]

    def _replayed(
        self, name: str, suspects: Sequence[Suspect], facts: TestFacts, consumed: Mapping[str, int]
    ) -> _Stream:
        order = Order(self._read, suspects, self._task(facts).clues, self._kinds, self._prior)
        stream = _Stream(name, iter(order))
        while stream.place < consumed.get(name, 0) and (ranked := stream.take()) is not None:
            if mutant := mutate(ranked.source, ranked.edit):
                self._seen.add(mutant.id)
        return stream

    def _suspects(self, state: State) -> tuple[Suspect, ...]:
        """The plan's suspects in files that may be repaired, or else what tracebacks tell."""
        files = frozenset(self._files)
        planned = tuple(s for s in state.suspects if s.path in files and s.suspiciousness > 0)
        return planned or self._task(state.facts).suspects

    def _task(self, facts: TestFacts) -> _Task:
        if self._known is None or self._known.facts != facts:
            files = frozenset(self._files)
            said = clues(facts, self._read, files.__contains__)
            suspects = suspects_without_plan(facts, self._read, self._files, said.mentioned)
            self._known = _Task(facts, said, suspects)
        return self._known

    def _size(self, state: State) -> int:
        """Candidates of the next slice: as many as were taken from the order before, so that
        every slice has about the same chance; few at first, and bounded."""
        taken = sum(cursor.parse(state.cursors.get(self.tier, "")).values())
        size = min(max(FIRST_SLICE, taken), self._slice_size)
        wall_s = self._trial.expected(state.facts)[1]
        if wall_s * size > state.left_s >= wall_s * FIRST_SLICE:
            size = int(state.left_s / wall_s)  # the last slice that the deadline has room for
        return size

    def _affords(self, facts: TestFacts, ledger: Ledger) -> bool:
        """Whether the limits leave enough for one more run."""
        worst_usd = self._trial.limits(facts).cpu_s * self._prices.cpu_usd_per_s
        return ledger.affords(worst_usd, self._trial.expected(facts)[1])


def _lenient(read: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """A file that cannot be edited as text is no place to search."""

    def text_of(path: str) -> str | None:
        try:
            return read(path)
        except PatchRefused:
            return None

    return text_of
