"""Where the fault may be: statements that failing tests run and passing tests do not.

D*, after W. E. Wong, V. Debroy, R. Gao and Y. Li, *The DStar Method for Effective Software Fault
Localization* (2014), as odds: for a statement that ef of F failing tests and ep passing tests ran,

    D* = ef² / (ep + F − ef)        suspiciousness = D* / (1 + D*) = ef² / (ef² + ep + F − ef)

On 221 development bugs of ten packages and by hand (`benchmarks/localise.py`) it puts the fault
at rank 5.60 (geometric mean, ties halved), where Ochiai (`ochiai`: R. Abreu, P. Zoeteweij and
A. van Gemund, 2007) puts it at 5.68, each with the traceback; with all of the below 5.36 (the
calls that never were came later, and are not in that figure).

Since a few tests cannot tell some statements apart, more is asked:

- Branches. A condition is raised towards what its branches show: what only failing tests enter,
  or only they pass by, was decided there.
- Data. An assignment is raised towards the statements that read what it wrote.
- Assertions. What the failing assertion called is raised, and what holds a value that it saw and
  did not want.
- Calls that never were. A definition whose parameters a call did not fit, or a method that was
  taken for its result, counts half.
- Traceback. The innermost frame of a failing test outside the tests is raised by half of what
  is missing to 1, the frame around it by a quarter, and so on: s + (1 − s)·2^−k.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fixit_runtime.agent.seams import Outcome, SuiteRun, Suspect, TestFacts, TestResult
from fixit_runtime.tools.asserted import Asserted, asserted
from fixit_runtime.tools.dependence import Dependence
from fixit_runtime.tools.protect import is_test_file
from fixit_runtime.tools.spectrum import Files, Place, Spectrum, Statements

_READ = re.compile(r"\.(\w+)\b(?!\s*\()")
Formula = Callable[[int, int, int], float]
_REFUSED = re.compile(r"\b((?:\w+\.)?\w+)\(\) (?:missing|takes|got)\b")
_BOUND = re.compile(r"<bound method (?:\w+\.)*?((?:\w+\.)?\w+) of ")


@dataclass(frozen=True, slots=True)
class Shares:
    """How far a statement is raised: `branch` and `data` of what is missing to what a branch or
    a reader shows, `called` and `held` of what is missing to 1."""

    branch: float = 0.0
    data: float = 0.0
    called: float = 0.0
    held: float = 0.0


SHARES = Shares(0.4, 0.3, 0.1, 0.3)  # chosen on 63 of those bugs


def localise(
    facts: TestFacts,
    run_with_coverage: SuiteRun,
    read: Callable[[str], str | None],
    formula: Formula | None = None,
    shares: Shares = SHARES,
) -> tuple[Suspect, ...]:
    """Statements outside the tests by suspiciousness, strongest first; a statement stands at its
    first line. Ties: nearer to a traceback's frame first, then by path and line.

    Args:
        run_with_coverage: a run of the suite, or of a part. Without coverage only tracebacks
            count.
        read: the text of a file of the repository, None where there is none.
        formula: (ef, ep, F) -> suspiciousness; None for `dstar`.
        shares: how much what is asked besides counts.
    """
    run = run_with_coverage
    files = Files(read)
    failing = set(facts.failing)
    passing = set(run.with_outcome(Outcome.PASSED)) - failing - set(facts.flaky)
    spectrum = Spectrum(run, files, failing)
    counts = _Counts(spectrum, failing, passing, formula or dstar)
    entered = sorted(spectrum.entered(failing))
    reports = tuple(_reports(facts, run))
    boosts = _boosts(reports, files) | _never_called(reports, files, spectrum.paths)
    scores = counts.suspicions(boosts)
    said = asserted(reports, read)
    for path in entered:
        _follow_branches(scores, counts, path, files.of(path).dependence, shares.branch)
        _follow_data(scores, path, files.of(path).dependence, shares.data)
        _follow_assertions(scores, path, files.of(path), said, shares)
    for place, share in boosts.items():
        scores[place] = raised(scores[place], share)
    near = _distance(boosts)
    order = sorted(scores, key=lambda place: (-scores[place], near(place), place))
    return tuple(Suspect(path, line, scores[path, line]) for path, line in order)


class _Counts:
    """How many failing and passing tests ran each statement, or left a branch untaken."""

    def __init__(
        self, spectrum: Spectrum, failing: set[str], passing: set[str], formula: Formula
    ) -> None:
        self.failed, self.passed = Counter[Place](), Counter[Place]()
        for nodeid in failing:
            self.failed.update(spectrum.statements(nodeid))
        paths = {path for path, _ in self.failed}
        for nodeid in passing:
            self.passed.update(spectrum.statements(nodeid, paths))
        self._failing, self._formula = len(failing), formula

    def suspicion(self, place: Place) -> float:
        return self._formula(self.failed[place], self.passed[place], self._failing)

    def suspicions(self, more: Iterable[Place]) -> dict[Place, float]:
        """Of all statements that failing tests ran, and of some more."""
        ran = (place for place in self.failed if place[1] > 0)
        return {place: self.suspicion(place) for place in {*ran, *more}}


def _follow_branches(
    scores: dict[Place, float], counts: _Counts, path: str, known: Dependence, share: float
) -> None:
    """A condition is raised towards what its branches show: the statement that it leads to, and
    what is done, or not, where it does not hold."""
    for branch in known.branches:
        condition = (path, branch.line)
        if condition in scores:
            ways = [(path, branch.taken), (path, -branch.line)]
            missing = max(*map(counts.suspicion, ways), scores[condition]) - scores[condition]
            scores[condition] += share * missing


def _follow_data(scores: dict[Place, float], path: str, known: Dependence, share: float) -> None:
    """An assignment is raised towards the statements that read what it wrote."""
    strongest: dict[Place, float] = {}
    for line, sources in known.sources.items():
        strength = scores.get((path, line), 0.0)
        for source in sources:
            if (place := (path, source)) in scores:
                strongest[place] = max(strength, strongest.get(place, scores[place]))
    for place, strength in strongest.items():
        scores[place] += share * (strength - scores[place])


def _follow_assertions(
    scores: dict[Place, float], path: str, known: Statements, said: Asserted, shares: Shares
) -> None:
    """Statements are raised that stand in what a failing assertion called, and those that hold a
    value that it saw and did not want."""
    held = {line for value in said.seen for line in known.literals.get(value, ())}
    for name, first, last in known.functions:
        if name in said.called:
            inside = ((path, line) for line in range(first, last + 1))
            scores.update({p: raised(scores[p], shares.called) for p in inside if scores.get(p)})
    for line in held:
        if (path, line) in scores:
            scores[path, line] = raised(scores[path, line], shares.held)


def dstar(failed: int, passed: int, all_failed: int) -> float:
    """ef² / (ef² + ep + F − ef) in [0, 1]; 0 where no failing test ran the statement."""
    if failed == 0:
        return 0.0
    return failed**2 / (failed**2 + passed + all_failed - failed)


def ochiai(failed: int, passed: int, all_failed: int) -> float:
    """ef / sqrt(F·(ef + ep)) in [0, 1]; 0 where no failing test ran the statement."""
    if failed == 0:
        return 0.0
    return min(1.0, failed / math.sqrt(all_failed * (failed + passed)))


def raised(suspiciousness: float, share: float) -> float:
    """Moved towards 1 by a share of what is missing."""
    return suspiciousness + (1.0 - suspiciousness) * share


def _reports(facts: TestFacts, run: SuiteRun) -> Iterator[TestResult]:
    """A report of each failing test: this run's, or else that of the first runs."""
    now = {result.nodeid: result for result in run.results if result.frames}
    before = {report.nodeid: report for report in facts.reports}
    for nodeid in facts.failing:
        if (report := now.get(nodeid) or before.get(nodeid)) is not None:
            yield report


def _boosts(reports: Iterable[TestResult], files: Files) -> dict[Place, float]:
    """The share by which each statement of a traceback is raised."""
    boosts: dict[Place, float] = {}
    for report in reports:
        product = [frame for frame in reversed(report.frames) if not is_test_file(frame[0])]
        places = dict.fromkeys((path, files.head(path, line)) for path, line in product)
        for depth, place in enumerate(places, start=1):
            boosts[place] = max(boosts.get(place, 0.0), 0.5**depth)
    return boosts


def _never_called(
    reports: Iterable[TestResult], files: Files, paths: Iterable[str]
) -> dict[Place, float]:
    """The share of each definition whose parameters did not fit a call, or that was not called
    where its result was wanted, as Python names them: the body has not run, so nothing else
    points there."""
    names = {name for report in reports for name in _named(report, files)}
    found: dict[Place, float] = {}
    for path in sorted(paths) if names else ():
        for line in files.defining(path, names):
            found[path, files.head(path, line)] = 0.5
    return found


def _named(report: TestResult, files: Files) -> Iterator[str]:
    """What a failure says was called in vain, or read where it should have been called: "f", or
    "Class.f" where Python says which."""
    yield from _REFUSED.findall(report.text)
    yield from _BOUND.findall(report.text)
    if "'method'" in report.text and report.frames:  # of an operation: it does not say which
        path, line = report.frames[-1]
        yield from _READ.findall(files.line(path, line))


def _distance(places: Mapping[Place, float]) -> Callable[[Place], float]:
    """Lines from a place to the nearest of these in the same file; infinite where none is."""
    by_path: dict[str, list[int]] = {}
    for path, line in places:
        by_path.setdefault(path, []).append(line)

    def distance(place: Place) -> float:
        lines: Sequence[int] = by_path.get(place[0], ())
        return min((abs(line - place[1]) for line in lines), default=math.inf)

    return distance
