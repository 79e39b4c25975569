"""What tests import from outside the repository, so that a worker can have imported it before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fixit_runtime.tools.warm_channel import START_S, Channel
from fixit_runtime.tools.warm_order import Order, ask, lines_of


@dataclass(slots=True)
class Learned:
    """What the tests import from outside the repository."""

    names: tuple[str, ...] = ()  # in the order of import
    rewritten: tuple[str, ...] = ()
    inside: tuple[tuple[str, bool], ...] = ()  # the repository's: (file, is rewritten)
    strict: bool = False
    of_all: bool = False  # of the whole suite, not of some tests

    def is_like(self, other: Learned) -> bool:
        """Whether both have a worker import the same, whatever tests they are of."""
        return replace(self, of_all=other.of_all) == other

    def needed_by(self, nodeids: Sequence[str] | None) -> tuple[tuple[str, bool], ...]:
        """The repository's files that these tests need: all but the modules of other tests."""
        if nodeids is None:
            return self.inside
        named = {nodeid.partition("::")[0] for nodeid in nodeids} | {"conftest.py"}
        return tuple(
            (path, rewritten)
            for path, rewritten in self.inside
            if not rewritten or not named.isdisjoint(_endings(path))
        )

    def without(self, tainted: Sequence[str]) -> Learned:
        gone = set(tainted)
        return replace(
            self,
            names=tuple(n for n in self.names if n not in gone),
            rewritten=tuple(n for n in self.rewritten if n not in gone),
        )


def _endings(path: str) -> list[str]:
    """ "/a/b.py" as "a/b.py" and "b.py"."""
    parts = path.split("/")
    return ["/".join(parts[first:]) for first in range(1, len(parts))]


def learn(channel: Channel, order: Order) -> Learned:
    """What the tests import, from a run that only collects them. Nothing where that fails."""
    settings = {**order.settings, "only_names": True, "stop_at_first_failure": False}
    answer = ask(channel, order.limits, {"do": "learn", "config": settings, "files": {}})
    lines = lines_of(answer["report"], "modules")
    return read_learned(lines[-1] if lines else {}, of_all=order.nodeids is None)


def read_learned(line: Mapping[str, Any], *, of_all: bool) -> Learned:
    """What this line of a report says; nothing where a test has written it."""
    try:
        return Learned(
            names=tuple(map(str, line["names"])),
            rewritten=tuple(map(str, line["rewritten"])),
            inside=tuple((str(path), bool(rewritten)) for path, rewritten in line["inside"]),
            strict=bool(line["strict"]),
            of_all=of_all,
        )
    except (KeyError, TypeError, ValueError):
        return Learned(of_all=of_all)


def preload(channel: Channel, learned: Learned) -> tuple[str, ...]:
    """Have modules imported; those that must not be, after all. Raises WorkerLost."""
    if not learned.names and not learned.inside:
        return ()
    channel.send(
        {
            "do": "preload",
            "names": learned.names,
            "rewritten": learned.rewritten,
            "inside": learned.inside,
            "strict": learned.strict,
        }
    )
    return tuple(channel.receive(START_S)["tainted"])
