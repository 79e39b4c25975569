"""The search tier: repairs made of edits, tried on the failing tests in the sandbox, for no
tokens.

Candidates come lazily, best first (`rank`), and are tried many at a time (`trial`). A slice does
not stop at the first that passes: it goes on through what is ranked close to it, since the
first patch that passes is often not the right one. What passes is then held against the tests
around it and against its rivals (`choice`), which say how far each is to be believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from fixit_runtime.agent.economy import Action, Prices, Quote
from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import (
    Candidate,
    Clock,
    Proposal,
    Result,
    Revealed,
    Sandbox,
    State,
    Suspect,
    TestCommand,
    TestFacts,
    Typed,
)
from fixit_runtime.tools import protect
from fixit_runtime.tools.repair import cursor
from fixit_runtime.tools.repair.batches import Batches, Texts
from fixit_runtime.tools.repair.choice import TIER, Choice
from fixit_runtime.tools.repair.clues import Clues, clues
from fixit_runtime.tools.repair.coverage import Coverage
from fixit_runtime.tools.repair.examine import Examiner
from fixit_runtime.tools.repair.fallback import suspects_without_plan
from fixit_runtime.tools.repair.prior import Prior
from fixit_runtime.tools.repair.progress import Progress
from fixit_runtime.tools.repair.rank import Order, Ranked
from fixit_runtime.tools.repair.slices import Found, Slice
from fixit_runtime.tools.repair.stream import Drawn, Stream, drawn
from fixit_runtime.tools.repair.templates import KINDS, Kind
from fixit_runtime.tools.repair.trial import Trial

SLICE = 1_600  # the most candidates of a slice
FIRST_SLICE = 48  # the likeliest candidates are cheap to ask first
FEW = 12  # where each candidate is a run of its own
FIRST_CPU_S = 5.0  # what the first slice may take, by what the failing tests took
BATCH = 64  # candidates of one request: what is made at once, and what an early end throws away
BIG_BATCH = 256  # quick ones share more: each request imports and collects the tests anew
BATCH_CPU_S = 1.0  # as many of them as this takes
PATIENCE = 8.0  # times the first limit, for candidates that were too slow
ROOM = 0.5  # of the time that is left, for one slice
CHECKS_SUITES, CHECKS_START_S = 3.0, 2.0  # runs of the suite that checks take, and their starts
TICK_S = 1e-3  # no run is taken to be shorter
PAIRS_SHARE = 0.5  # of what a slice has tried: pairs, where nothing passes alone
LATE_OF = 100  # and one of these for so many that were tried: it may cost as much as twenty

REFUSE = partial(protect.refuse, allow_test_edits=False)


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
        coverage: which tests ran which lines, once a plan has shown it.
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
        coverage: Coverage | None = None,
    ) -> None:
        self._read = _lenient(read)
        self._files = tuple(path for path in sorted(files) if is_protected(path) is None)
        self._trial = Trial(sandbox, command, self._read, prices, clock)
        self.choice = Choice(self._trial, self._read, coverage or Coverage(), refuse)
        self._examiner = Examiner(self._trial, self._read, self.choice)
        self._at_once = isinstance(command, Batches)
        self._prices = prices
        self._slice_size = slice_size
        self._kinds = kinds
        self._prior = prior
        self._known: _Task | None = None
        self._types: dict[str, tuple[Typed, ...]] = {}
        self._progress = Progress(self.choice, self._order)

    def quote(self, state: State) -> Quote | None:
        """The next slice, at the mean cost of a run so far. `p_accept` is left to the belief."""
        suspects = self._suspects(state)
        exhausted = self._progress.is_exhausted(suspects)
        if not suspects or not state.facts.failing or exhausted:
            return None
        size, runs = self._size(state), self._trial.meter.runs
        cpu_s, wall_s = self._trial.expected(state.facts)
        worst_cpu_s = 2 * size * self._trial.limits(state.facts).cpu_s
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
        with self._booked(ledger):
            stream = self._stream(state)
        tried, furthest = self._progress.tried, self._progress.pairs.furthest
        part = Slice(self._size(state), self._first_size(state.facts) // 2, tried)
        while self._affords(state.facts, ledger, found=bool(part.found)):
            if not self._try_batch(stream, part, state.facts, ledger):
                break
        if part.late and not part.found:
            self._try_late(part, state.facts, ledger)
        if not part.found:
            self._try_pairs(part, state.facts, ledger)
        made = self.choice.of(state, part.found, len(self._progress.seen), ledger)
        return Proposal(
            candidates=made.candidates,
            spend=ledger.spent - before,
            tried=part.tried,
            exhausted=stream.exhausted and state.planned,
            refused=made.refused,
            cursor=self._progress.written(stream, state.facts),
            detail=f"{part.tried} candidates tried, {made.detail}",
            question=made.question,
            renewed=made.renewed,
            revealed=None if part.found else self._revealed(state.facts, furthest),
        )

    def quote_inputs(self, state: State, candidate: Candidate) -> Quote | None:
        """What it costs to try another tier's candidate on calls like those of the tests."""
        return self._examiner.quote(state, candidate)

    def try_inputs(self, state: State, candidate: Candidate, ledger: Ledger) -> Result:
        """Whether it keeps what passing tests saw. Raises SandboxError."""
        return self._examiner.examine(state, candidate, ledger)

    def _revealed(self, facts: TestFacts, before: int) -> Revealed:
        """How much further than before an edit has come alone; what is known is not told again."""
        further = max(self._progress.pairs.furthest - before, 0)
        return Revealed(turned_green=further / max(len(facts.failing), 1))

    def _try_batch(self, stream: Stream, part: Slice, facts: TestFacts, ledger: Ledger) -> bool:
        """Try the next candidates that belong to the slice; False where there are none, or no
        means for them."""
        with self._booked(ledger):
            batch, taken = self._batch(stream, part, self._together(facts))
        if not batch:
            return False
        done = 0
        made = self._trial.each(facts, [one.files for one in batch], ledger)
        for one, tried in zip(batch, made, strict=False):
            part.add(one, passes=tried.judgement.ok, late=tried.late)
            if not tried.judgement.ok:
                self._progress.pairs.add(one, tried, facts)
            done += 1
            if not self._affords(facts, ledger, found=bool(part.found)):
                break
        made.close()
        if done < len(batch):
            self._progress.seen.difference_update(one.id for one in batch[done:])
            stream.put_back(taken[-(stream.place - batch[done].place + 1) :])
            return False
        return True

    def _try_pairs(self, part: Slice, facts: TestFacts, ledger: Ledger) -> None:
        """Two edits at once, begun by what has gone a part of the way so far: not as many as
        the slice has tried alone."""
        left = int(PAIRS_SHARE * part.tried)
        while left > 0 and not part.found and self._affords(facts, ledger):
            with self._booked(ledger):
                many = min(left, self._together(facts))
                batch = self._progress.pairs.next(many, len(facts.failing))
            if not batch:
                return
            left -= len(batch)
            made = self._trial.each(facts, [one.files for one in batch], ledger)
            for one, tried in zip(batch, made, strict=False):
                part.add(one, passes=tried.judgement.ok, late=tried.late)
                if not self._affords(facts, ledger):
                    break
            made.close()

    @contextmanager
    def _booked(self, ledger: Ledger) -> Iterator[None]:
        """Counts the time that it takes to make candidates towards the deadline, too."""
        started = self._trial.clock()
        try:
            yield
        finally:
            self._trial.charge(0.0, self._trial.clock() - started, ledger)

    def _together(self, facts: TestFacts) -> int:
        """Candidates of the next request."""
        quick = BATCH_CPU_S / max(self._trial.expected(facts)[0], TICK_S)
        return max(BATCH, min(int(quick), BIG_BATCH))

    def _batch(self, stream: Stream, part: Slice, most: int) -> tuple[list[Drawn], list[Ranked]]:
        """The next candidates of the slice, and all edits that were taken from the order: some
        do not compile, or were tried before."""
        batch: list[Drawn] = []
        taken: list[Ranked] = []
        seen = self._progress.seen
        while len(batch) < most and (ranked := stream.take()) is not None:
            if part.room(ranked.score) <= len(batch):
                stream.put_back([ranked])
                break
            taken.append(ranked)
            one = drawn(ranked, stream.at)
            if one is None or one.id in seen:
                part.untried += 1
            else:
                seen.add(one.id)
                batch.append(one)
        return batch, taken

    def _try_late(self, part: Slice, facts: TestFacts, ledger: Ledger) -> None:
        """Ask some of those again whose time was up, with more time."""
        few = part.late[: part.tried // LATE_OF]
        batch = [one.files for one in few]
        made = self._trial.each(facts, batch, ledger, patience=PATIENCE)
        for one, tried in zip(few, made, strict=False):
            if tried.judgement.ok:
                part.found.append(Found(one, part.before + part.tried, late=True))
            if not self._affords(facts, ledger):
                break
        made.close()

    def _stream(self, state: State) -> Stream:
        """The order for this state, at the place where the state's cursor left it."""
        orders = (self._task(state.facts).suspects, self._suspects(state))
        if orders[0] != orders[1]:  # what names held is known from the plan on
            self._types[cursor.fingerprint(orders[1])] = state.types
        return self._progress.begin(state.cursors.get(self.tier, ""), orders, state.facts)

    def _order(self, suspects: Sequence[Suspect], facts: TestFacts) -> Order:
        said = self._task(facts).clues.with_types(self._types.get(cursor.fingerprint(suspects), ()))
        return Order(self._read, suspects, said, self._kinds, self._prior)

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
        every slice has about the same chance; few at first, and bounded. A deadline leaves room
        for the checks that follow."""
        few = self._first_size(state.facts)
        taken = sum(cursor.parse(state.cursors.get(self.tier, "")).values())
        size = min(max(few, taken), self._slice_size)
        room_s = ROOM * state.left_s / max(self._trial.expected(state.facts)[1], TICK_S)
        return size if size <= room_s else max(int(room_s), 1)

    def _first_size(self, facts: TestFacts) -> int:
        """Candidates of the first slice."""
        each_s = self._trial.quick_limits(facts).cpu_s / 3
        many = self._at_once and each_s * FIRST_SLICE < FIRST_CPU_S
        return min(FIRST_SLICE if many else FEW, self._slice_size)

    def _affords(self, facts: TestFacts, ledger: Ledger, *, found: bool = False) -> bool:
        """Whether the limits leave enough for one more run; where something is found, for the
        checks that it owes, too."""
        worst_usd = self._trial.limits(facts).cpu_s * self._prices.cpu_usd_per_s
        owed_s = CHECKS_SUITES * facts.suite_s + CHECKS_START_S if found else 0.0
        return ledger.affords(worst_usd, self._trial.expected(facts)[1] + owed_s)


def _lenient(read: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """A file that cannot be edited as text is no place to search."""

    def text_of(path: str) -> str | None:
        try:
            return read(path)
        except PatchRefused:
            return None

    return text_of
