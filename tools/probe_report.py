"""Reads what the probe wrote: JSON lines in, one `SuiteRun` out.

The lines come from inside the sandbox, so nothing in them is trusted to be well formed: a line
that cannot be read makes the run incomplete.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from fixit_runtime.agent.seams import Completed, Outcome, SuiteRun, TestResult, Typed

IMPORT = "<import>"  # the nodeid of lines that ran while no test did
TIMED_OUT = "TimedOut"
PROCESS_DIED = "ProcessDied"
_OUTPUT_TAIL = 4_000
_NOT_INSTALLED = "fixit: the module {!r} is not installed here and is not in the repository"
_NOT_ON_PATH = "fixit: the repository's own module {!r} is not on the import path here"
_MISSING = re.compile(
    f"^(?:{_NOT_INSTALLED}|{_NOT_ON_PATH})$".replace("{!r}", "'([^']+)'"), re.MULTILINE
)
_WORST_FIRST = (
    Outcome.ERROR,
    Outcome.FAILED,
    Outcome.XPASSED,
    Outcome.SKIPPED,
    Outcome.XFAILED,
    Outcome.PASSED,
)

Line = Mapping[str, object]


@dataclass(slots=True)
class ProbeReport:
    """The lines of one run, sorted by what they say."""

    python: str = ""
    import_failure: str = ""  # why pytest itself could not be imported
    results: list[TestResult] = field(default_factory=list)
    broken: list[TestResult] = field(default_factory=list)
    nodeids: list[str] = field(default_factory=list)
    coverage: dict[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    types: tuple[Typed, ...] = ()
    running: str = ""  # the test without a result yet
    collecting: str = ""  # the module whose import has not ended, as far as is known
    modules: Line | None = None  # what was imported, for a warm worker: see `warm_learned`
    left: int | None = None  # tests without a result at the end; None if the end is missing
    in_time: bool = True
    damaged: bool = False

    def add(self, line: Line) -> None:
        """Take one line in. Raises KeyError, TypeError or ValueError for a malformed one."""
        match line["e"]:
            case "begin":
                self.python = str(line["python"])
            case "no_pytest":
                self.import_failure = str(line["text"])
            case "collecting":
                self.collecting = str(line["nodeid"])
            case "broken":
                self.collecting = ""
                self.broken.append(_broken(line))
            case "items":
                self.nodeids += _strings(line["nodeids"])
            case "collected":
                self.collecting = ""
            case "start":
                self.running = str(line["nodeid"])
            case "result":
                self.running = ""
                self.results.append(_result(line, Outcome(str(line["outcome"])), line["s"]))
            case "lines":
                self.coverage[str(line["nodeid"])] = _coverage(line["lines"])
            case "types":
                self.types = tuple(_types(line["types"]))
            case "modules":
                self.modules = line
            case "end":
                self.left = int(str(line["left"]))
                self.in_time = bool(line["in_time"])

    def run(self, done: Completed) -> SuiteRun:
        """What the process and its report say together."""
        output = done.output.decode(errors="replace")
        results = [*self.broken, *self.results]
        if self.running:
            results.append(_cut_short(self.running, Outcome.FAILED, done, output))
        elif self.collecting and self.left is None:
            results.append(_cut_short(self.collecting, Outcome.ERROR, done, output))
        ended = self.left == 0 and self.in_time and not self.running and not self.damaged
        return SuiteRun(
            results=worst_of_each(r for r in results if r.nodeid),
            returncode=done.returncode,
            completed=ended and not done.timed_out and _is_verdict(done.returncode),
            wall_s=done.wall_s,
            cpu_s=done.cpu_s,
            output=output,
            errors=tuple((r.nodeid, r.text) for r in self.broken),
            coverage=self.coverage,
            types=self.types,
        )


def read(data: bytes) -> ProbeReport:
    """All lines of a report, as far as they can be read."""
    report = ProbeReport()
    for raw in data.splitlines():
        try:
            report.add(json.loads(raw))
        except (KeyError, TypeError, ValueError, RecursionError):
            report.damaged = True
    return report


def missing_module(result: TestResult) -> str | None:
    """The module without which nothing could be imported here, if that is why this failed: one
    to install, or the repository's own that is not on the path. None for other failures, also
    for an import that names a module wrongly inside the repository's own packages."""
    found = _MISSING.findall(result.text) if result.outcome is Outcome.ERROR else []
    return next((name for pair in found for name in pair if name), None)


def is_own_module(result: TestResult) -> bool:
    """Whether `missing_module` is the repository's own."""
    return "fixit: the repository's own module" in result.text


def worst_of_each(results: Iterable[TestResult]) -> tuple[TestResult, ...]:
    """One result for each nodeid; where one was reported twice, the worst counts."""
    by_nodeid: dict[str, TestResult] = {}
    for result in results:
        seen = by_nodeid.get(result.nodeid)
        worse = seen is None or _WORST_FIRST.index(result.outcome) < _WORST_FIRST.index(
            seen.outcome
        )
        if worse:
            by_nodeid[result.nodeid] = result
    return tuple(by_nodeid.values())


def how_it_ended(done: Completed) -> str:
    """The end of a process, in words."""
    if done.timed_out:
        return f"ran into a time limit after {done.wall_s:.0f} s ({done.cpu_s:.0f} s of CPU)"
    if done.returncode < 0:
        try:
            name = signal.Signals(-done.returncode).name
        except ValueError:
            name = str(-done.returncode)
        return f"was killed by signal {name}"
    return f"exited with code {done.returncode}"


def _is_verdict(returncode: int) -> bool:
    """Not a signal, and not pytest's codes for interrupted, internal error or usage error."""
    return returncode >= 0 and returncode not in (2, 3, 4)


def _cut_short(nodeid: str, outcome: Outcome, done: Completed, output: str) -> TestResult:
    text = f"the process {how_it_ended(done)} while this ran\n{output[-_OUTPUT_TAIL:]}"
    kind = TIMED_OUT if done.timed_out else PROCESS_DIED
    return TestResult(nodeid, outcome, done.wall_s, text, kind)


def _broken(line: Line) -> TestResult:
    result = _result(line, Outcome.ERROR, 0.0)
    if not (missing := str(line["missing"])):
        return result
    sentence = (_NOT_ON_PATH if line["owned"] else _NOT_INSTALLED).format(missing)
    return replace(result, text=f"{result.text.rstrip()}\n{sentence}\n")


def _result(line: Line, outcome: Outcome, seconds: object) -> TestResult:
    return TestResult(
        nodeid=str(line["nodeid"]),
        outcome=outcome,
        seconds=float(str(seconds)),
        text=str(line["text"]),
        error_type=str(line["type"]),
        frames=_frames(line["frames"]),
    )


def _frames(value: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, list):
        raise TypeError("frames must be a list")
    return tuple((str(path), int(number)) for path, number in value)


def _strings(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("nodeids must be a list")
    return [str(nodeid) for nodeid in value]


def _coverage(value: object) -> dict[str, frozenset[int]]:
    if not isinstance(value, dict):
        raise TypeError("lines must be an object")
    return {str(path): _numbers(str(packed)) for path, packed in value.items()}


def _types(value: object) -> Iterator[Typed]:
    for path, functions in _table(value).items():
        for line, names in _table(functions).items():
            by_name = {name: tuple(_strings(kinds)) for name, kinds in _table(names).items()}
            yield Typed(path, int(line), by_name)


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("this must be an object")
    return {str(key): item for key, item in value.items()}


@lru_cache(maxsize=10_000)
def _numbers(packed: str) -> frozenset[int]:
    """ "1-3,7" as {1, 2, 3, 7}."""
    lines: set[int] = set()
    for part in packed.split(",") if packed else ():
        first, _, last = part.partition("-")
        if int(last or first) - int(first) > 1_000_000:
            raise ValueError(f"no file has the lines {part}")
        lines.update(range(int(first), int(last or first) + 1))
    return frozenset(lines)
