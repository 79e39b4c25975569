"""What tests import from outside the repository, so that a worker can have imported it before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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

    def without(self, tainted: Sequence[str]) -> Learned:
        gone = set(tainted)
        return replace(
            self,
            names=tuple(n for n in self.names if n not in gone),
            rewritten=tuple(n for n in self.rewritten if n not in gone),
        )


def learn(channel: Channel, order: Order) -> Learned:
    """What the tests import, from a run that only collects them. Nothing where that fails."""
    settings = {**order.settings, "only_names": True, "stop_at_first_failure": False}
    answer = ask(channel, order.limits, {"do": "learn", "config": settings, "files": {}})
    lines = lines_of(answer["report"], "modules")
    if not lines:
        return Learned(of_all=order.nodeids is None)
    line = lines[-1]
    try:
        return Learned(
            names=tuple(map(str, line["names"])),
            rewritten=tuple(map(str, line["rewritten"])),
            inside=tuple((str(path), bool(rewritten)) for path, rewritten in line["inside"]),
            strict=bool(line["strict"]),
            of_all=order.nodeids is None,
        )
    except (KeyError, TypeError, ValueError):  # a test has written it
        return Learned(of_all=order.nodeids is None)


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
