"""What became of earlier attempts, read from the traces that real runs write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fixit_runtime.agent.capital.outcomes import SEEN, tried
from fixit_runtime.agent.capital.reading import REPAIRED
from fixit_runtime.agent.capital.records import encode
from fixit_runtime.agent.capital.resume import ANSWER
from fixit_runtime.agent.capital.trace import FileTrace
from fixit_runtime.agent.economy import Action, Verdict
from fixit_runtime.agent.ledger import Spend
from fixit_runtime.agent.seams import (
    Answered,
    Booking,
    Candidate,
    Question,
    Result,
    Revealed,
    Stage,
    Suspect,
)

GREEN = Candidate("m#1", "m", {"a.py": "x" * 9000}, stage=Stage.GREEN)
PLANNED = Result(Verdict.INFORMED, suspects=(Suspect("a.py", 3, 0.9),))


class Told:
    """A trace that is being written."""

    def __init__(self, state: Path, run: str, tree: str = "t1", resumes: str = "") -> None:
        self.trace = FileTrace(state, run, environ={})
        start = {"repository": "/repo", "tree": tree, "resumes": resumes, "settings": {}}
        self.trace.append("run_start", start)

    def step(self, action: Action, tier: str, result: Result, label: bool | None = None) -> Told:
        spend = Spend(usd=0.25)
        booking = Booking(
            0, f"{action}:{tier}", action, tier, spend, result.verdict, 0, 0, 0, 0, 0, 0, "", label
        )
        self.trace.append("outcome", {"booking": encode(booking), "result": encode(result)})
        return self

    def act(self, verdict: Verdict, *candidates: Candidate, tier: str = "m") -> Told:
        return self.step(Action.ACT, tier, Result(verdict, candidates=candidates))

    def tool(self, name: str, **data: object) -> Told:
        self.trace.append("tool", {"name": name, **data})
        return self

    def end(self) -> None:
        self.trace.append("run_end", {"outcome": "deferred"})
        self.trace.close()


def test_a_rejected_attempt_was_wrong_and_has_its_price_its_tier_and_its_task(
    tmp_path: Path,
) -> None:
    run = Told(tmp_path, "r1").tool(SEEN, values={"flakiness": 0.5})
    run.act(Verdict.REJECT).step(Action.PLAN, "", PLANNED).act(Verdict.REJECT).end()
    first, second = tried(tmp_path)

    assert (first.tier, first.right, first.cost_usd) == ("m", False, 0.25)
    assert (first.repository, dict(first.values)) == ("/repo", {"flakiness": 0.5})
    assert [(e.number, e.planned) for e in (first, second)] == [(0, False), (1, True)]
    assert second.suspects == PLANNED.suspects


def test_an_accepted_attempt_was_right_where_its_patch_was_shown(tmp_path: Path) -> None:
    Told(tmp_path, "r1").act(Verdict.ACCEPT, GREEN).tool(REPAIRED, candidate="m#1").end()

    assert [each.right for each in tried(tmp_path)] == [True]


def test_an_accepted_attempt_was_wrong_where_a_later_check_refused_it(tmp_path: Path) -> None:
    refused = Result(Verdict.REJECT, candidates=(replace(GREEN, stage=Stage.REJECTED),))
    Told(tmp_path, "r1").act(Verdict.ACCEPT, GREEN).step(Action.VERIFY, "", refused).end()

    assert [each.right for each in tried(tmp_path)] == [False]


def test_a_candidate_that_was_neither_shown_nor_refused_is_unsettled(tmp_path: Path) -> None:
    Told(tmp_path, "r1").act(Verdict.ACCEPT, GREEN).end()

    assert [each.right for each in tried(tmp_path)] == [None]


def test_a_person_settles_it_in_a_run_that_went_on(tmp_path: Path) -> None:
    said = Answered(Question("right?", about="m#1"), "no", contradicting=("m#1",))
    Told(tmp_path, "r1").act(Verdict.ACCEPT, GREEN).end()
    Told(tmp_path, "r2", resumes="r1").tool(ANSWER, answered=encode(said)).act(Verdict.REJECT).end()
    first, second = tried(tmp_path)

    assert (first.right, first.run, second.run, second.number) == (False, "r1", "r1", 1)
    assert tried(tmp_path, without="r2") == []


def test_a_label_is_the_truth(tmp_path: Path) -> None:
    accepted = Result(Verdict.ACCEPT, candidates=(GREEN,))
    Told(tmp_path, "r1").step(Action.ACT, "m", accepted, label=True).end()

    assert [each.right for each in tried(tmp_path)] == [True]


def test_what_failed_attempts_showed_is_known_to_the_next(tmp_path: Path) -> None:
    shown = Revealed(turned_green=0.5, patch_lines=4)
    failed = Result(Verdict.REJECT, revealed=shown)
    Told(tmp_path, "r1").step(Action.ACT, "m", failed).act(Verdict.REJECT, tier="n").end()

    assert [each.revealed for each in tried(tmp_path)] == [(), (shown,)]


def test_other_files_are_another_task_and_broken_steps_are_no_attempts(tmp_path: Path) -> None:
    Told(tmp_path, "r1").act(Verdict.REJECT).act(Verdict.FAILED).end()
    Told(tmp_path, "r2").act(Verdict.REJECT).end()
    Told(tmp_path, "r3", tree="t2").act(Verdict.REJECT).end()
    one, same, other = tried(tmp_path)

    assert one.task == same.task != other.task
    assert [each.run for each in tried(tmp_path, most=1)] == ["r3"]


def test_a_damaged_or_foreign_trace_is_passed_over(tmp_path: Path) -> None:
    run = Told(tmp_path, "r1")
    run.trace.append("outcome", {"booking": "?", "result": [1]})
    run.tool(SEEN, values={"flakiness": "much"}).act(Verdict.REJECT).end()
    (tmp_path / "runs" / "zzz.jsonl").write_text("not a trace\n")

    assert [each.right for each in tried(tmp_path)] == [False]
