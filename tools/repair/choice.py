"""Which of the candidates that pass is right: never simply the first.

What turns the failing tests green is held against the tests around the change, then against its
rivals: all are run on calls like those of the tests, and those that do the same form a group. A
group's chance of being right rests on what its likeliest member is, on what the group keeps of
the old behaviour, and on how much of all that passes stands in it (`confidence`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import Candidate, Question, Stage, State, TestFacts
from fixit_runtime.tools.patch import make_diff
from fixit_runtime.tools.probe_report import TIMED_OUT
from fixit_runtime.tools.repair.batches import Texts
from fixit_runtime.tools.repair.behaviour import NOTHING, Behaviours, Target, compare, target_of
from fixit_runtime.tools.repair.confidence import Evidence, p_right
from fixit_runtime.tools.repair.coverage import Coverage
from fixit_runtime.tools.repair.groups import groups_of, kept, question
from fixit_runtime.tools.repair.memory import Passed
from fixit_runtime.tools.repair.oddness import oddities
from fixit_runtime.tools.repair.rank import Ranked
from fixit_runtime.tools.repair.slices import Found
from fixit_runtime.tools.repair.trial import Trial
from fixit_runtime.tools.source import parsable

TIER = "search"
RIVALS = 40  # candidates that are compared, the likeliest first
SHOWN = 8  # groups whose best member is proposed
NEIGHBOURS = 40  # passing tests that are run on each candidate, at most
NEIGHBOURS_S = 2.0  # and for so long
SMALL_SUITE, SMALL_SUITE_CPU_S = 60, 3.0  # is run whole
ASKED_AGAIN = 4  # candidates
CLOSE_P = 0.9  # above, there is nothing to ask
ALL_GROUPS = 0.97  # what the chances of all groups may sum to
NEAR = ("verify:near",)  # the check that the search has made of what it proposes
SILENCING = frozenset(
    ("guard", "if-around", "deleted", "try", "negated", "left-otherwise", "returned", "filtered")
)
_LITERAL = re.compile(r"""\b\d[\w.]*|"[^"]*"|'[^']*'""")
_PLAIN = ("0", "1", "2", '""', "''")
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Rival:
    """A candidate that the failing tests, and its neighbours, pass on."""

    found: Found
    neighbours: int
    targets: tuple[Target, ...]

    @property
    def id(self) -> str:
        return f"{TIER}-{self.found.drawn.id}"

    @property
    def files(self) -> Texts:
        return self.found.drawn.files

    @property
    def weight(self) -> float:
        """How likely it was before the tests, times how far its template is to be trusted."""
        return self.found.drawn.score * self.found.drawn.trust


@dataclass(frozen=True, slots=True)
class Chosen:
    """The new candidates, best first, those that are refused, what would settle it, and P(right)
    of those that were shown before, now that they have more rivals."""

    candidates: tuple[Candidate, ...] = ()
    renewed: Mapping[str, float] = field(default_factory=dict)
    refused: tuple[Candidate, ...] = ()
    question: Question | None = None
    detail: str = "none passes the failing tests"


class Choice:
    """Holds all candidates of a search that pass, and says how far each is to be believed;
    apart from them, as `broken`, those that break a test around them.

    Args:
        refuse: why a candidate that passes is refused all the same (new texts, old texts).
    """

    def __init__(
        self,
        trial: Trial,
        read: Callable[[str], str | None],
        coverage: Coverage,
        refuse: Callable[[Texts, Texts], str | None],
    ) -> None:
        self._trial, self._read, self._coverage, self._refuse = trial, read, coverage, refuse
        self.rivals: dict[str, Rival] = {}
        self.broken: dict[str, Rival] = {}
        self._found: dict[str, Found] = {}
        self.evidence: dict[str, Evidence] = {}
        self.behaviours = NOTHING

    def of(self, state: State, found: Sequence[Found], tried: int, ledger: Ledger) -> Chosen:
        """What a slice brings that has found these, among all that was found before.

        Args:
            tried: candidates whose tests were run so far.
        """
        if not found:
            return Chosen()
        made = {each.drawn.id: self._candidate(each) for each in found}
        refused = tuple(c for c in made.values() if c.stage is Stage.REJECTED)
        fine = [f for f in found if made[f.drawn.id].stage is not Stage.REJECTED]
        broken = self._meet_neighbours(state.facts, fine, ledger)
        self._found.update((each.drawn.id, each) for each in found)
        known = {c.id: c for c in state.candidates}
        live = self._live(known)
        groups = self._grouped(state.facts, live, ledger)
        chances = self._chances(groups, state.facts, tried)
        shown = [g for g in groups if not any(r.id in known for r in g)]
        shown.sort(key=lambda group: -chances[group[0].id])
        candidates = tuple(
            replace(
                self._candidate(group[0].found),
                prior=chances[group[0].id],
                rank=float(n),
                checked=NEAR if group[0].neighbours else (),
            )
            for n, group in enumerate(shown[:SHOWN])
        )
        return Chosen(
            candidates,
            {name: chances[name] for name in known if name in chances},
            refused,
            self._question(groups, chances),
            _told(len(found), broken, len(groups)),
        )

    def _live(self, known: Mapping[str, Candidate]) -> list[Rival]:
        """Those that are compared, the likeliest first; of too many, those that were shown."""
        rejected = {name for name, c in known.items() if c.stage is Stage.REJECTED}
        live = [rival for rival in self.rivals.values() if rival.id not in rejected]
        live.sort(key=lambda rival: (rival.id not in known, -rival.weight, rival.id))
        return sorted(live[:RIVALS], key=lambda rival: (-rival.weight, rival.id))

    # ---- what outlives an interruption

    @property
    def passed(self) -> tuple[Passed, ...]:
        """All that pass the failing tests, rivals first, the likeliest first."""
        rivals = sorted(self.rivals.values(), key=lambda rival: (-rival.weight, rival.id))
        near = {rival.found.drawn.id: rival.neighbours for rival in rivals}
        ordered = [rival.found for rival in rivals]
        ordered += [found for name, found in self._found.items() if name not in near]
        return tuple(
            Passed(each.drawn.at, each.drawn.id, each.tried, near.get(each.drawn.id), each.late)
            for each in ordered
        )

    def recall(self, found: Found, neighbours: int | None) -> None:
        """One that passed before an interruption, as `passed` told of it."""
        self._found[found.drawn.id] = found
        if neighbours is not None:
            self._keep(found, neighbours, self.rivals)

    def forget(self) -> None:
        """As if nothing had been found."""
        for each in (self.rivals, self.broken, self._found, self.evidence):
            each.clear()
        self.behaviours = NOTHING

    def _candidate(self, found: Found) -> Candidate:
        files = dict(found.drawn.files)
        originals = {path: self._read(path) for path in files}
        why = self._refuse(files, originals)
        return Candidate(
            id=f"{TIER}-{found.drawn.id}",
            tier=TIER,
            files=files,
            note=found.drawn.note,
            stage=Stage.REJECTED if why else Stage.GREEN,
            diff=make_diff(originals, files),
            why_rejected=why or "",
            tried=found.tried,
        )

    # ---- the tests around the change

    def _meet_neighbours(self, facts: TestFacts, found: Sequence[Found], ledger: Ledger) -> int:
        """Keep those that break none of the tests around them; how many are not kept."""
        nodeids = self.around(facts, found)
        broken = self._broken(facts, [each.drawn.files for each in found], nodeids, ledger)
        for each, why in zip(found, broken, strict=True):
            asked = 0 if why is None else len(nodeids)
            self._keep(each, asked, self.broken if why else self.rivals)
        return sum(map(bool, broken))

    def _keep(self, found: Found, neighbours: int, where: dict[str, Rival]) -> None:
        targets = tuple(target_of(edit.source, edit.line) for edit in found.drawn.edits)
        rival = Rival(found, neighbours, targets)
        where[rival.id] = rival

    def _broken(
        self, facts: TestFacts, files: Sequence[Texts], nodeids: Sequence[str], ledger: Ledger
    ) -> list[str | None]:
        """The test that each candidate breaks, or ""; None where a limit left no time to ask.
        Where all seem to break one, some are asked again, alone: a test that is flaky must not
        cost the right one."""
        if not nodeids:
            return [""] * len(files)
        took_s = self.seconds_of(facts, nodeids)

        def ask(batch: Sequence[Texts]) -> list[str | None]:
            made = list(self._trial.broken(facts, batch, nodeids, ledger, seconds=took_s))
            return [*made, *[None] * (len(batch) - len(made))]

        broken = ask(files)
        if all(broken):
            for n, each in enumerate(files[:ASKED_AGAIN]):
                (again,) = ask([each])
                broken[n] = broken[n] if again is None else again
        return broken

    def around(self, facts: TestFacts, found: Sequence[Found]) -> tuple[str, ...]:
        """`tests_near` what these change; none where there are none."""
        edits = (edit for each in found for edit in each.drawn.edits)
        return self.tests_near(facts, [_changed(edit) for edit in edits]) if found else ()

    def tests_near(
        self, facts: TestFacts, changed: Sequence[tuple[str, Sequence[int]]]
    ) -> tuple[str, ...]:
        """Passing tests that ran the changed lines (path, lines); all of a small suite; where
        nothing is known of lines, those in the files of the failing tests."""
        if len(facts.passing) <= SMALL_SUITE and facts.suite_cpu_s <= SMALL_SUITE_CPU_S:
            return facts.passing
        passing = frozenset(facts.passing)
        if not self._coverage:
            near = {nodeid.partition("::")[0] for nodeid in facts.failing}
            return tuple(n for n in facts.passing if n.partition("::")[0] in near)[:NEIGHBOURS]
        chosen: dict[str, None] = {}
        for path, lines in changed:
            tests = self._coverage.tests_of(path, lines)
            chosen.update(dict.fromkeys(nodeid for nodeid in tests if nodeid in passing))
        kept: list[str] = []
        for nodeid in chosen:
            if len(kept) < NEIGHBOURS and self._coverage.seconds_of([*kept, nodeid]) < NEIGHBOURS_S:
                kept.append(nodeid)
        return tuple(kept)

    def seconds_of(self, facts: TestFacts, nodeids: Sequence[str]) -> float:
        """What these tests take, at most: traced, or as a part of the suite."""
        part = len(nodeids) / max(len(facts.passing), 1)
        return max(self._coverage.seconds_of(nodeids), part * facts.suite_s)

    # ---- rivals

    def _grouped(
        self, facts: TestFacts, live: Sequence[Rival], ledger: Ledger
    ) -> list[tuple[Rival, ...]]:
        """Those at hand by what they do, each group's likeliest member first."""
        targets = tuple(dict.fromkeys(target for rival in live for target in rival.targets))
        started = self._trial.clock()
        passing = self.around(facts, [rival.found for rival in live])
        self.behaviours, done = compare(
            self._trial.bounded(ledger),
            self._trial.command,
            {rival.id: rival.files for rival in live},
            targets,
            not_hanging(facts),
            passing,
            record_cpu_s=self.record_cpu_s(facts, passing),
        )
        if done is not None:
            self._trial.charge(done.cpu_s, self._trial.clock() - started, ledger)
        by_id = {rival.id: rival for rival in live}
        groups = groups_of(list(by_id), self.behaviours, len(targets))
        return [tuple(by_id[name] for name in group) for group in groups]

    def record_cpu_s(self, facts: TestFacts, passing: Sequence[str]) -> float:
        """What the tests may take while each call is looked at."""
        return self._trial.limits(facts).cpu_s + 4.0 * self.seconds_of(facts, passing)

    def _chances(
        self, groups: Sequence[Sequence[Rival]], facts: TestFacts, tried: int
    ) -> dict[str, float]:
        """P(right) of each candidate: that of its group."""
        total = sum(rival.weight for group in groups for rival in group) or 1.0
        chances: dict[str, float] = {}
        for group in groups:
            evidence = replace(
                _evidence(group, self.behaviours),
                share=sum(rival.weight for rival in group) / total,
                groups=len(groups),
                failing=len(facts.failing),
                passed=len(self.rivals) / max(tried, 1),
                traced=_traced(group[0], facts),
                covering=self._covering(group[0], facts),
            )
            self.evidence.update({rival.id: evidence for rival in group})
            chances.update({rival.id: p_right(evidence) for rival in group})
        each = sum(chances[group[0].id] for group in groups)
        scale = min(1.0, ALL_GROUPS / each) if each else 1.0
        return {name: chance * scale for name, chance in chances.items()}

    def _covering(self, rival: Rival, facts: TestFacts) -> int:
        """Passing tests that ran a line that it changes."""
        seen: set[str] = set()
        for path, lines in map(_changed, rival.found.drawn.edits):
            seen.update(self._coverage.that_ran(path, lines))
        return len(seen.intersection(facts.passing))

    def _question(
        self, groups: Sequence[Sequence[Rival]], chances: Mapping[str, float]
    ) -> Question | None:
        ordered = sorted(groups, key=lambda group: -chances[group[0].id])
        if not ordered or chances[ordered[0][0].id] >= CLOSE_P:
            return None
        return question([[r.id for r in group] for group in ordered[:SHOWN]], self.behaviours)


def not_hanging(facts: TestFacts) -> tuple[str, ...]:
    """The failing tests that end by themselves, or all where none does."""
    hung = {report.nodeid for report in facts.reports if report.error_type == TIMED_OUT}
    return tuple(nodeid for nodeid in facts.failing if nodeid not in hung) or facts.failing


def _evidence(group: Sequence[Rival], seen: Behaviours) -> Evidence:
    """Of a group, by its likeliest member."""
    best = group[0]
    edits = best.found.drawn.edits
    how = kept(best.id, seen)
    return Evidence(
        trust=best.found.drawn.trust,
        members=len({tuple((e.edit.path, e.line) for e in r.found.drawn.edits) for r in group}),
        neighbours=best.neighbours,
        place=best.found.drawn.place,
        growth=sum(map(_growth, edits)),
        edits=len(edits),
        literal=any(map(_writes_literal, edits)),
        silences=any(edit.kind.name in SILENCING for edit in edits),
        calls=how.calls,
        kept=how.kept,
        changed=how.changed,
        raises=how.raises,
        heals=how.heals,
        odd=_odd(best),
        score=best.found.drawn.score,
    )


def _odd(rival: Rival) -> int:
    """Odd expressions that it adds."""
    old = {ranked.source.path: ranked.source.text for ranked in rival.found.drawn.edits}
    added = sum(_oddities(text or "") for text in rival.files.values())
    return max(added - sum(map(_oddities, old.values())), 0)


@lru_cache(maxsize=2 * RIVALS)
def _oddities(text: str) -> int:
    """Kept, since every slice that finds something looks at all rivals again."""
    return oddities(ast.parse(parsable(text)))


def _traced(rival: Rival, facts: TestFacts) -> bool:
    """Whether a line that it changes stands in a failing test's traceback."""
    frames = {frame for report in facts.reports for frame in report.frames}
    changed = map(_changed, rival.found.drawn.edits)
    return any((path, line) in frames for path, lines in changed for line in lines)


def _growth(ranked: Ranked) -> int:
    """Tokens that an edit writes less those that it takes away."""
    text = ranked.source.text
    written = sum(len(_TOKEN.findall(r.text)) for r in ranked.edit.replacements)
    taken = sum(len(_TOKEN.findall(text[r.start : r.end])) for r in ranked.edit.replacements)
    return written - taken


def _writes_literal(ranked: Ranked) -> bool:
    """Whether an edit writes a number or a text that its file does not hold already."""
    text = ranked.source.text
    pieces = " ".join(piece.text for piece in ranked.edit.replacements)
    return any(word not in _PLAIN and word not in text for word in _LITERAL.findall(pieces) if word)


def _changed(ranked: Ranked) -> tuple[str, list[int]]:
    """The lines that an edit changes: path and numbers."""
    lines = {ranked.line}
    for piece in ranked.edit.replacements:
        first, last = ranked.source.line_of(piece.start), ranked.source.line_of(piece.end)
        lines.update(range(first, last + 1))
    return ranked.source.path, sorted(lines)


def _told(passing: int, broken: int, groups: int) -> str:
    """What a slice has brought, in words."""
    told = f"{passing} pass the failing tests"
    if broken:
        told += f", {broken} of them break another"
    return told + (f"; those at hand do {groups} different things" if groups > 1 else "")
