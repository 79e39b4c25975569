"""Puts bugs into a healthy repository, and keeps those that its own tests notice.

Each bug is a real fix reversed (see `kinds`), at a place that tests run. It is kept when the
tests that run the place fail in part, the whole suite in a new process then shows just the same
failures, and all of it ends by itself. Mutants are hostile code: they run in the sandbox only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.seams import RunLimits, Sandbox, TestCommand
from fixit_runtime.tasks.make.draw import Pool, draw_kind
from fixit_runtime.tasks.make.folder import diff
from fixit_runtime.tasks.make.health import RED, Commands, Health
from fixit_runtime.tasks.make.kinds import REPEATED, TWO_EDITS, Kind
from fixit_runtime.tasks.make.source import Change, Edit, Source, applied, overlap

ONE, TWO, SAME = "one edit", "two edits", "repeated"
_TRIES_A_KIND = 5
_TRIES_A_BUG = 12  # kinds


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug that the tests notice. `broken` are whole texts by path; `fix` takes it back."""

    shape: str
    kinds: tuple[str, ...]
    broken: Mapping[str, str]
    fix: str
    failing: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What became of the bugs that were tried, by kind."""

    tried: Counter[str] = field(default_factory=Counter)
    unnoticed: Counter[str] = field(default_factory=Counter)  # no test fails
    too_loud: Counter[str] = field(default_factory=Counter)  # more than a share, or no module loads
    cut_short: Counter[str] = field(default_factory=Counter)  # hangs or dies
    unsteady: Counter[str] = field(default_factory=Counter)  # not the same failures again
    kept: Counter[str] = field(default_factory=Counter)


class Injector:
    """Makes bugs in one repository, in an order that follows from the seed."""

    def __init__(
        self, sandbox: Sandbox, tests: Commands, cold: TestCommand, health: Health, *,
        is_test: Callable[[str], bool], seed: int, most_share: float = 0.5,
    ) -> None:  # fmt: skip
        """`tests` judges mutants fast, `cold` has the last word, in a new process. `most_share`:
        of the passing tests, how many may fail at most.

        Raises:
            UsageError: the tests run no line of product code that can be changed.
        """
        self._sandbox, self._tests, self._cold, self._health = sandbox, tests, cold, health
        self._rng = Random(seed)
        self._most = max(1, int(most_share * len(health.passing)))
        self._done: set[str] = set()
        self.tally = Tally()
        sources = dict(self._sources(is_test))
        if not sources:
            raise UsageError(
                "the tests run no Python file that could be given a bug",
                hint="the repository's own code must be imported from the repository itself,"
                " not from an installed copy: set PYTHONPATH=src in --test where it is in src",
            )
        self._pool = Pool(sources, self._count, seed)
        # a mutant that waits for itself is no bug to repair
        self._limits = RunLimits(wall_s=6.0 + 4.0 * health.wall_s, cpu_s=4.0 + 4.0 * health.cpu_s)

    def bugs(self, count: int) -> Iterator[Bug]:
        """At most `count` bugs, none twice; fewer where no more can be found."""
        for _ in range(count):
            bug = self._one()
            if bug is None:
                return
            yield bug

    def _one(self) -> Bug | None:
        for _ in range(_TRIES_A_BUG):
            mark = self._rng.random()
            if mark < TWO_EDITS:
                bug = self._two_edits()
            elif mark < TWO_EDITS + REPEATED:
                bug = self._repeated()
            else:
                bug = self._one_edit(draw_kind(self._rng))
            if bug is not None:
                return bug
        return None

    def _one_edit(self, kind: Kind) -> Bug | None:
        for _ in range(_TRIES_A_KIND):
            change = self._pool.take(kind, self._rng)
            if change is None:
                return None
            bug = self._kept(ONE, change.path, (kind.name,), change.edits)
            if bug is not None:
                return bug
        return None

    def _repeated(self) -> Bug | None:
        for _ in range(_TRIES_A_BUG):
            kind = draw_kind(self._rng)
            change = self._pool.repeated(kind, self._rng)
            if change is not None:
                return self._kept(SAME, change.path, (kind.name,), change.edits)
        return None

    def _two_edits(self) -> Bug | None:
        """Two edits in one function, of which neither alone is enough to make the tests pass."""
        first = self._noticed(draw_kind(self._rng, of_several=True))
        if first is None:
            return None
        around = self._pool.function_around(first)

        def near(change: Change) -> bool:
            apart = not overlap([*first.edits, *change.edits])
            same = change.path == first.path and self._pool.function_around(change) is around
            return same and apart

        for _ in range(_TRIES_A_KIND):
            second = self._noticed(draw_kind(self._rng, of_several=True), near)
            if second is not None:
                kinds = (first.kind, second.kind)
                edits = (*first.edits, *second.edits)
                if self._pool.is_program(first.path, edits):
                    return self._kept(TWO, first.path, kinds, edits)
        return None

    def _noticed(
        self, kind: Kind, fits: Callable[[Change], bool] = lambda _: True
    ) -> Change | None:
        """A change that, alone, makes at least one test fail."""
        for _ in range(_TRIES_A_KIND):
            change = self._pool.take(kind, self._rng, fits)
            if change is None:
                return None
            if self._quick(change.path, change.edits, kind.name):
                return change
        return None

    # ---- judging one

    def _kept(
        self, shape: str, path: str, kinds: tuple[str, ...], edits: tuple[Edit, ...]
    ) -> Bug | None:
        old = self._pool.sources[path].text
        new = applied(old, edits)
        label = " + ".join(kinds)
        if new in self._done:
            return None
        self._done.add(new)
        failing = self._quick(path, edits, label)
        if not failing:
            return None
        again = self._whole({path: new})
        if again is None or set(again) != set(failing):
            self.tally.unsteady[label] += 1
            return None
        self.tally.kept[label] += 1
        return Bug(shape, kinds, {path: new}, diff(path, new, old), again)

    def _quick(self, path: str, edits: tuple[Edit, ...], label: str) -> tuple[str, ...]:
        """The tests that fail among those that run the changed lines; none where the bug cannot
        be used."""
        self.tally.tried[label] += 1
        text = applied(self._pool.sources[path].text, edits)
        tests = self._near(path, edits)
        (run,) = self._tests.run_candidates(
            self._sandbox, [{path: text}], tests, limits=self._limits,
            stop_at_first_failure=False, screen=False,
        )  # fmt: skip
        failing = run.with_outcome(*RED)
        if not run.completed:
            self.tally.cut_short[label] += 1
        elif not failing:
            self.tally.unnoticed[label] += 1
        elif run.errors or len(failing) > self._most or set(failing) - set(tests):
            self.tally.too_loud[label] += 1
        else:
            return failing
        return ()

    def _whole(self, files: Mapping[str, str]) -> tuple[str, ...] | None:
        """What fails in the whole suite, run in a new process; None where it cannot be used."""
        before = {path: self._sandbox.get(path) for path in files}
        self._sandbox.put({path: text.encode() for path, text in files.items()})
        try:
            run = self._cold.run(self._sandbox, limits=self._limits)
        finally:
            self._sandbox.put(before)
        failing = set(run.with_outcome(*RED)) - set(self._health.unsound)
        ran = {result.nodeid for result in run.results}
        if not run.completed or run.errors or not ran.issuperset(self._health.passing):
            return None
        return tuple(name for name in self._health.passing if name in failing)

    # ---- what tests run

    def _sources(self, is_test: Callable[[str], bool]) -> Iterator[tuple[str, Source]]:
        for path in sorted({*self._health.runs, *self._health.imported}):
            if is_test(path) or not path.endswith(".py"):
                continue
            data = self._sandbox.get(path)
            lines = {*self._health.runs.get(path, ()), *self._health.imported.get(path, ())}
            try:
                yield path, Source(path, data or b"", frozenset(lines))
            except (SyntaxError, ValueError, RecursionError):
                continue  # such a file gets no bug

    def _count(self, path: str, line: int) -> int:
        """How many tests run a line; half of all for one that runs at import only."""
        tests = self._health.runs.get(path, {}).get(line)
        return len(tests) if tests else max(1, len(self._health.passing) // 2)

    def _near(self, path: str, edits: Sequence[Edit]) -> tuple[str, ...]:
        """The tests that run the changed lines; all where these run at import."""
        source, runs = self._pool.sources[path], self._health.runs.get(path, {})
        names: set[str] = set()
        for edit in edits:
            first = source.text.count("\n", 0, edit.start) + 1
            lines = range(first, first + 1 + source.text.count("\n", edit.start, edit.end))
            if any(line in self._health.imported.get(path, ()) for line in lines):
                return self._health.passing
            names.update(name for line in lines for name in runs.get(line, ()))
            names.update(name for line in _header(source, first) for name in runs.get(line, ()))
        return tuple(name for name in self._health.passing if name in names)


def _header(source: Source, line: int) -> range:
    """From the first line of the innermost statement around this one, which a tracer may name
    for all of it."""
    inside = [s for s in source.statements if s.lineno <= line <= (s.end_lineno or s.lineno)]
    first = max((statement.lineno for statement in inside), default=line)
    return range(first, line)
