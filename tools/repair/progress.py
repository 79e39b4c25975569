"""How far a search has come: its orders, what was tried, and what begins pairs.

All of it is what the cursor says, and is kept from slice to slice. Where a state's cursor says
something else, after an interruption or a slice that never ended, it is made again: the orders
are, and the cursor tells what the tests showed of their candidates. No test is run for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from fixit_runtime.agent.seams import Suspect, TestFacts
from fixit_runtime.tools.repair import cursor, memory
from fixit_runtime.tools.repair.choice import Choice
from fixit_runtime.tools.repair.cursor import At
from fixit_runtime.tools.repair.memory import Memory, Passed
from fixit_runtime.tools.repair.pairs import Pairs, both
from fixit_runtime.tools.repair.rank import Ranked
from fixit_runtime.tools.repair.slices import Found
from fixit_runtime.tools.repair.stream import Drawn, Stream, drawn

Suspects = tuple[Suspect, ...]


class Progress:
    """Of one search. `seen` are ids of the single candidates that were tried.

    Args:
        choice: is told again which candidates passed.
        order: the edits that these suspects lead to, best first; the same each time.
    """

    def __init__(
        self,
        choice: Choice,
        order: Callable[[Sequence[Suspect], TestFacts], Iterable[Ranked]],
    ) -> None:
        self._choice, self._order = choice, order
        self._streams: dict[str, Stream] = {}
        self._consumed: dict[str, int] = {}
        self._text: str | None = None
        self.seen: set[str] = set()
        self.pairs = Pairs()

    @property
    def tried(self) -> int:
        """Candidates, single ones and pairs."""
        return len(self.seen) + self.pairs.given

    def is_exhausted(self, suspects: Sequence[Suspect]) -> bool:
        """Whether their order is known to hold no more."""
        stream = self._streams.get(cursor.fingerprint(suspects))
        return stream is not None and stream.exhausted

    def begin(self, text: str, orders: Sequence[Suspects], facts: TestFacts) -> Stream:
        """The order of the last of these suspects, as this cursor left it. A slice that is begun
        and never `written` is forgotten by the next."""
        by_name = {cursor.fingerprint(each): each for each in orders}
        last = cursor.fingerprint(orders[-1])
        if text != self._text:
            self._consumed = cursor.parse(text)
            known = {n: each for n, each in by_name.items() if n == last or n in self._consumed}
            self._make_again(known, memory.parse(text, facts.failing), facts)
        if last not in self._streams:
            self._streams[last] = Stream(last, iter(self._order(by_name[last], facts)))
        self._text = None
        return self._streams[last]

    def written(self, stream: Stream, facts: TestFacts) -> str:
        """The cursor after a slice that took from this stream."""
        self._consumed = {**self._consumed, stream.name: stream.place}
        learned = Memory(self._choice.passed, self.pairs.seeds, self.pairs.given)
        parts = cursor.written(self._consumed), memory.written(learned, facts.failing)
        self._text = ",".join(filter(None, parts))
        return self._text

    def _make_again(
        self, orders: Mapping[str, Suspects], learned: Memory, facts: TestFacts
    ) -> None:
        self._streams, self.seen, self.pairs = {}, set(), Pairs()
        self._choice.forget()
        places = {at for each in learned.passed for at in each.at}
        places.update(seed.at for seed in learned.seeds)
        passed = {each.at: each for each in learned.passed if not each.late}
        known: dict[At, Drawn] = {}
        for name, suspects in orders.items():
            self._streams[name] = Stream(name, iter(self._order(suspects, facts)))
            for one in self._consume(self._streams[name]):
                if one.at[0] in places:
                    known[one.at[0]] = one
                if not _is_that(passed.get(one.at), one):
                    self.pairs.add_single(one)
        for each in learned.passed:
            again = _made(each.at, known)
            if again is not None and _is_that(each, again):
                self._choice.recall(Found(again, each.tried, each.late), each.neighbours)
        self.pairs.recall(learned.seeds, known, learned.given)

    def _consume(self, stream: Stream) -> Iterable[Drawn]:
        """What slices before have tried of it."""
        most = self._consumed.get(stream.name, 0)
        while stream.place < most and (ranked := stream.take()) is not None:
            one = drawn(ranked, stream.at)
            if one is not None and one.id not in self.seen:
                self.seen.add(one.id)
                yield one


def _made(at: tuple[At, ...], known: Mapping[At, Drawn]) -> Drawn | None:
    """The candidate of the edits at these places; None where one of them is not known."""
    if any(each not in known for each in at):
        return None
    if len(at) == 1:
        return known[at[0]]
    one, other = (known[each].edits[0] for each in at)
    return both((one, at[0]), (other, at[1]))


def _is_that(passed: Passed | None, one: Drawn) -> bool:
    return passed is not None and one.id.startswith(passed.id)
