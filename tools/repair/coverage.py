"""Which tests ran which lines, as the latest traced run of the suite showed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from fixit_runtime.agent.seams import Outcome, SuiteRun

LONGEST = 100_000  # lines that can be taken for one piece of a file
KEPT = 12  # tests of a line, the quickest first: more tell little more


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines from the first to the last, all run by these tests, which are given by number."""

    first: int
    last: int
    tests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """What is known of lines, small enough to be written down: the passing tests, the quickest
    first, what each took, and the lines of each file."""

    tests: tuple[str, ...] = ()
    seconds: tuple[float, ...] = ()
    lines: Mapping[str, tuple[Lines, ...]] = field(default_factory=dict)


class Coverage:
    """Filled by the plan, read by the search. Empty until a plan was made, in this run or in the
    one that it goes on with: then nothing is known of any line."""

    def __init__(self) -> None:
        self._tests: list[str] = []
        self._seconds: dict[str, float] = {}
        self._lines: dict[str, dict[int, list[int]]] = {}

    def learn(self, run: SuiteRun) -> None:
        """Keep what this run says of tests that passed."""
        passed = sorted(
            (r for r in run.results if r.outcome is Outcome.PASSED and r.nodeid in run.coverage),
            key=lambda result: result.seconds,
        )
        self._tests = [result.nodeid for result in passed]
        self._seconds = {result.nodeid: result.seconds for result in passed}
        self._lines = {}
        full: dict[str, set[int]] = {}  # lines that need no further test: most, soon
        for number, nodeid in enumerate(self._tests):
            for path, lines in run.coverage[nodeid].items():
                here, done = self._lines.setdefault(path, {}), full.setdefault(path, set())
                for line in lines - done:
                    tests = here.setdefault(line, [])
                    tests.append(number)
                    if len(tests) == KEPT:
                        done.add(line)

    @property
    def traced(self) -> Traced:
        """All that is known."""
        seconds = tuple(self._seconds[nodeid] for nodeid in self._tests)
        lines = {path: tuple(_ranges(here)) for path, here in self._lines.items()}
        return Traced(tuple(self._tests), seconds, lines)

    def recall(self, traced: Traced) -> None:
        """What was known before an interruption. What does not fit together is left out."""
        self._tests = list(traced.tests)
        self._seconds = dict(zip(traced.tests, traced.seconds, strict=False))
        self._lines = {}
        for path, ranges in traced.lines.items():
            here = self._lines.setdefault(path, {})
            for each in ranges:
                tests = [number for number in each.tests if 0 <= number < len(self._tests)]
                if 0 < each.last - each.first + 1 <= LONGEST:
                    here.update(dict.fromkeys(range(each.first, each.last + 1), tests))

    def __bool__(self) -> bool:
        return bool(self._lines)

    def seconds_of(self, nodeids: Iterable[str]) -> float:
        """What these tests took, traced."""
        return sum(self._seconds.get(nodeid, 0.0) for nodeid in nodeids)

    def that_ran(self, path: str, lines: Sequence[int]) -> tuple[str, ...]:
        """Passing tests that ran one of these lines, the quickest first, KEPT a line at most."""
        here = self._lines.get(path, {})
        numbers = sorted({number for line in lines for number in here.get(line, ())})
        return tuple(self._tests[number] for number in numbers)

    def tests_of(self, path: str, lines: Sequence[int]) -> tuple[str, ...]:
        """Passing tests that ran one of these lines, the quickest first; where none did, as in
        what is run by an import, some that ran the file."""
        if ran := self.that_ran(path, lines):
            return ran
        here = self._lines.get(path, {})
        numbers = sorted({number for tests in here.values() for number in tests})[:KEPT]
        return tuple(self._tests[number] for number in numbers)


def _ranges(here: Mapping[int, list[int]]) -> Iterator[Lines]:
    """Lines next to each other that the same tests ran, together."""
    ordered = sorted(here.items())
    together = groupby(enumerate(ordered), key=lambda item: (item[1][0] - item[0], item[1][1]))
    for (_, tests), group in together:
        numbers = [line for _, (line, _) in group]
        yield Lines(numbers[0], numbers[-1], tuple(tests))
