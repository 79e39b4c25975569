"""Which tests ran which lines, as the latest traced run of the suite showed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fixit_runtime.agent.seams import Outcome, SuiteRun

KEPT = 12  # tests of a line, the quickest first: more tell little more


class Coverage:
    """Filled by the plan, read by the search. Empty until a plan was made in this process: then
    nothing is known of any line."""

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
