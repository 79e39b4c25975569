"""What a failing test says: sent into the sandbox with `probe.py`. Python 3.8+."""

from __future__ import annotations

import traceback
from typing import Any

from fixit_runtime.tools.probe_lines import Tree

FRAME_LIMIT = 60
CHAIN_LIMIT = 20


def chain_of(error: BaseException) -> list[BaseException]:
    """An exception and those behind it, outermost first: what it was raised from lies further
    in, what was merely being handled lies further out."""
    chain, link = [error], error
    for _ in range(CHAIN_LIMIT):
        if link.__cause__ is not None:
            link = link.__cause__
            chain.append(link)
        elif link.__context__ is not None and not link.__suppress_context__:
            link = link.__context__
            chain.insert(0, link)
        else:
            break
    return chain


def frames_of(error: BaseException, tree: Tree) -> list[tuple[str, int]]:
    """The repository's frames of an exception and its chain, outermost first. A syntax error
    ends in the line that cannot be read."""
    frames: list[tuple[str, int]] = []
    for link in chain_of(error):
        places = [(f.f_code.co_filename, n) for f, n in traceback.walk_tb(link.__traceback__)]
        if isinstance(link, SyntaxError) and link.filename:
            places.append((link.filename, link.lineno or 1))
        inside = [(tree.inside(filename), line) for filename, line in places]
        frames += [(path, line) for path, line in inside if path is not None]
    return frames if len(frames) <= FRAME_LIMIT else frames[:10] + frames[10 - FRAME_LIMIT :]


def unwrapped(error: BaseException) -> BaseException:
    """What pytest's own wrappers of collection errors were raised from."""
    while type(error).__name__ in ("CollectError", "ConftestImportFailure"):
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return error


def cut(text: str, limit: int) -> str:
    """At most about `limit` characters, the middle left out: the end says what failed."""
    if len(text) <= limit:
        return text
    head = limit // 4
    gap = f"\n... {len(text) - limit} characters left out ...\n"
    return text[:head] + gap + text[head - limit :]


def merged_outcome(phases: list[Any]) -> str:
    """One outcome of a test from the reports of its phases: the worst counts."""
    failed = [report for report in phases if report.outcome == "failed"]
    if any(report.when == "call" for report in failed):
        return "failed"
    if failed:
        return "error"
    skipped = [report for report in phases if report.outcome == "skipped"]
    if skipped:
        return "xfailed" if all(hasattr(report, "wasxfail") for report in skipped) else "skipped"
    called = [report for report in phases if report.when == "call"]
    if any(hasattr(report, "wasxfail") for report in called):
        return "xpassed"
    return "passed" if called else "skipped"
