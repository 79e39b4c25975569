"""A canary for confirmed repairs: the tests that turned green are made to fail, and must.

Code under test runs in the process that judges it, so it can forge a pass (by replacing a
function of pytest's, by writing the report itself). Such code says "passed" whatever the tests
do. So each test that a candidate is to repair is run once more with a raise at its end, that
nothing in the test can avoid, under the same name, in a fresh sandbox like the first. What is
then still called a pass was never a verdict.

Not caught: code that tells the canary from the real test by its text.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.agent.seams import Outcome, SuiteRun, TestFacts
from fixit_runtime.tools.judge import is_below, suite_nodeids
from fixit_runtime.tools.source import parsable

WHOLE_SUITE_S = 60.0  # of a suite that takes longer, only the failing tests are run again
Files = Mapping[str, str | None]
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, PatchRefused)


@dataclass(frozen=True, slots=True)
class Canary:
    """Test files with tests that must fail: `doomed`, without parameters. `nodeids` are to be
    run, None for the whole suite: a test that is innocent itself may be where code under test
    is called that forges the results of others."""

    files: Mapping[str, str]
    nodeids: tuple[str, ...] | None
    doomed: frozenset[str]


def hear(
    facts: TestFacts,
    files: Files,
    originals: Callable[[str], str | None],
    run: Callable[[Files, Sequence[str] | None], SuiteRun],
    *,
    word: str,
    extra: bool,
) -> tuple[str, str]:
    """Why the verdicts of a candidate are forged, "" if they are not; and what was seen else.

    Args:
        files: the candidate's.
        originals: the text of a file as it was; None where there was none.
        run: runs these tests, or all, with these files in place, cold in a fresh sandbox.
        word, extra: as `canary_for` takes them.
    """

    def sing(files: Files) -> Song | None:
        def read(path: str) -> str | None:
            return files[path] if path in files else originals(path)

        canary = canary_for(facts, read, word, extra=extra)
        if canary is None:
            return None
        return listen(canary, run({**files, **canary.files}, canary.nodeids))

    song = sing(files)
    if song is None:
        return "", "no canary: these tests cannot be made to fail"
    if not (song.passed or song.silent):
        return "", "made to fail, they fail"
    without = sing({}) or Song(frozenset(), frozenset())  # dear, and only where something is odd
    return forged(song, without), "no canary: these tests pass even when made to fail"


def canary_for(
    facts: TestFacts, read: Callable[[str], str | None], word: str, *, extra: bool
) -> Canary | None:
    """The failing tests of these facts, made to fail again; None where none can be.

    Args:
        read: the text of a file, with the candidate in place; None where there is none.
        word: a word that no test has in its text.
        extra: where no failing test can be changed (it is made at run time, say), a test of its
            own is put beside them. Only for a command that runs what it is named.
    """
    files: dict[str, str] = {}
    doomed: set[str] = set()
    by_path: dict[str, set[str]] = {}
    for nodeid in facts.failing:
        path, _, inside = plain(nodeid).partition("::")
        by_path.setdefault(path, set()).add(inside)
    for path, names in by_path.items():
        if text := _text(read, path):
            changed, found = doom(text, names, word)
            if found:
                files[path] = changed
                doomed |= {f"{path}::{name}" for name in found}
    whole = facts.suite_s <= WHOLE_SUITE_S
    if doomed:
        return Canary(files, None if whole else facts.failing, frozenset(doomed))
    beside = [path for path in by_path if path.endswith(".py")]
    if not extra or not beside:
        return None
    path = _beside(beside[0], word)
    text = f"def test_{word}():\n    raise AssertionError({word!r})\n"
    nodeid = f"{path}::test_{word}"
    others = suite_nodeids(facts) if whole else facts.failing
    return Canary({path: text}, (*others, nodeid), frozenset({nodeid}))


def doom(text: str, names: Collection[str], word: str) -> tuple[str, frozenset[str]]:
    """A module in which these tests fail, whatever is in them; and which of them were found.

    `names` as in a nodeid, without parameters: "test_a", "TestB::test_c"; "" for all tests.
    A module that cannot be read is left as it is.
    """
    try:
        tree = ast.parse(parsable(text))
        found = frozenset(_doomed(tree, names, word))
        return (ast.unparse(ast.fix_missing_locations(tree)), found) if found else (text, found)
    except _UNREADABLE:
        return text, frozenset()


def plain(nodeid: str) -> str:
    """A nodeid without parameters: "a.py::T::test[x::y]" -> "a.py::T::test"."""
    path, colons, inside = nodeid.partition("::")
    return f"{path}{colons}{inside.partition('[')[0]}"


def word_for(candidate: str) -> str:
    """A word for the canary of this candidate."""
    return f"c{hashlib.sha256(candidate.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Song:
    """What a run with a canary showed: the doomed tests that passed, and those that were not
    run, as `plain` nodeids."""

    passed: frozenset[str]
    silent: frozenset[str]


def listen(canary: Canary, run: SuiteRun) -> Song:
    """What became of the doomed tests. A test that failed, was skipped or could not be collected
    did not pass; one in a module that could not be collected was not silent either."""
    outcomes: dict[str, set[Outcome]] = {}
    for result in run.results:
        outcomes.setdefault(plain(result.nodeid), set()).add(result.outcome)
    green = {Outcome.PASSED, Outcome.XPASSED}
    passed = {n for n in canary.doomed if outcomes.get(n, set()) & green}
    reds = [r.nodeid for r in run.results if r.outcome is Outcome.ERROR]
    silent = {
        n for n in canary.doomed if n not in outcomes and not any(is_below(n, red) for red in reds)
    }
    return Song(frozenset(passed), frozenset(silent))


def forged(with_candidate: Song, without: Song) -> str:
    """Why the verdicts of a candidate are forged; "" if they are not.

    `without`: the same canary on the code as it was, which shows what is in the nature of the
    tests: some pass whatever they raise, some cannot be run alone.
    """
    if odd := sorted(with_candidate.passed - without.passed):
        return f"its verdicts are forged: {_some(odd)} passed although made to fail"
    if odd := sorted(with_candidate.silent - without.silent):
        return f"its verdicts cannot be believed: {_some(odd)}, made to fail, was not run"
    return ""


def _doomed(tree: ast.Module, names: Collection[str], word: str) -> Iterable[str]:
    todo: list[tuple[str, ast.stmt]] = [("", node) for node in tree.body]
    while todo:
        outer, node = todo.pop()
        if isinstance(node, ast.ClassDef):
            todo += [(f"{outer}{node.name}::", inner) for inner in node.body]
        elif isinstance(node, ast.If | ast.Try | ast.With):
            todo += [(outer, s) for s in ast.iter_child_nodes(node) if isinstance(s, ast.stmt)]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{outer}{node.name}"
            if name in names or ("" in names and node.name.startswith("test")):
                node.body = [_always_raising(node.body, word)]
                yield name


def _always_raising(body: list[ast.stmt], word: str) -> ast.stmt:
    """In a `finally`: neither a return nor another exception gets past it."""
    error = ast.Call(ast.Name("AssertionError", ast.Load()), [ast.Constant(word)], [])
    return ast.Try(body=body, handlers=[], orelse=[], finalbody=[ast.Raise(exc=error)])


def _text(read: Callable[[str], str | None], path: str) -> str:
    if not path.endswith(".py"):
        return ""
    try:
        return read(path) or ""
    except PatchRefused:
        return ""


def _beside(path: str, word: str) -> str:
    """A new module in the same folder, of a name that is found where the old one is."""
    pure = PurePosixPath(path)
    stem = pure.stem
    new = f"{stem[:-5]}_{word}_test" if stem.endswith("_test") else f"{stem}_{word}"
    return str(pure.with_name(f"{new}.py"))


def _some(nodeids: list[str]) -> str:
    return nodeids[0] + (f" and {len(nodeids) - 1} more" if len(nodeids) > 1 else "")
