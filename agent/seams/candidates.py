"""Proposed changes, what became of them, and what is asked about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from fixit_runtime.agent.ledger import Spend
from fixit_runtime.agent.seams.suites import Suspect


class Stage(StrEnum):
    """How far a candidate has come. Only CONFIRMED may be submitted."""

    PROPOSED = "proposed"
    DOUBTED = "doubted"  # tests that passed before went red with it, which may be their flakiness
    GREEN = "green"  # the failing tests were executed and passed
    SAFE = "safe"  # the whole suite, cold in a fresh sandbox: they pass, no passing test broke
    CONFIRMED = "confirmed"  # and in another one its tests, made to fail, fail
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposed change: whole new texts of files by path in the repository (None deletes).

    `prior` is the proposer's own P(right | the failing tests pass), before any further check,
    None where it has none; `rank` orders candidates of one proposer, best first. `note` says in
    words what was changed. `checked` names the checks whose verdict is in, and `reds` the tests
    that passed before and went red with it, while it is DOUBTED.
    """

    id: str
    tier: str
    files: Mapping[str, str | None]
    note: str = ""
    prior: float | None = None
    rank: float = 0.0
    stage: Stage = Stage.PROPOSED
    diff: str = ""
    why_rejected: str = ""
    tried: int = 0  # candidates whose tests its proposer had run when it came up, itself included
    checked: tuple[str, ...] = ()
    reds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A foreseen answer to a question, and the ids of the candidates that behave so."""

    text: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What would settle which of the candidates at hand is right, asked of the user.

    `text` needs no knowledge of the patches, as in "What should parse('') return?". A question
    with `about` asks whether that one candidate is right.
    """

    text: str
    answers: tuple[Answer, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the user answered to a question.

    `agreeing` and `contradicting` are ids of the candidates that the answer speaks for and
    against; both are empty for free text that no foreseen answer matches, which only proposers
    that read words can use.
    """

    question: Question
    text: str
    agreeing: tuple[str, ...] = ()
    contradicting: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        return bool(self.agreeing or self.contradicting)


@dataclass(frozen=True, slots=True)
class Revealed:
    """What an attempt that failed showed of the task: did its patch apply and its tests start,
    which part of the failing tests turned green, and how many lines it changed."""

    compiled: bool = True
    turned_green: float = 0.0
    patch_lines: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one slice of a proposer brought.

    `candidates` passed the failing tests unless `unchecked`. `tried` counts the candidates
    whose tests were run; `exhausted` says that another slice would bring nothing new.
    `cursor` is what the proposer needs to go on after an interruption. `question` is what
    would tell its best candidates apart, where tests do not. `renewed` is what it thinks now of
    candidates that it brought before: their `prior`, by id.
    """

    candidates: tuple[Candidate, ...]
    spend: Spend
    tried: int = 0
    exhausted: bool = False
    refused: tuple[Candidate, ...] = ()
    cursor: str = ""
    detail: str = ""
    question: Question | None = None
    revealed: Revealed | None = None
    renewed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt of an earlier run, and what became of it.

    `run` is the first of the runs that went on with one another; `task` the same for all runs
    on the same files with the same tests named. `right` is None where it was never settled: a
    candidate passed the failing tests, and was neither shown nor refused afterwards. `number`
    counts the tier's attempts in the run, from 0; `planned` says that the fault was localised
    by then. `values` are the features that the run has written down of its task, `suspects` and
    `revealed` what the plan and earlier attempts that failed had shown by then.
    """

    run: str
    repository: str
    task: str
    tier: str
    accepted: bool
    right: bool | None
    cost_usd: float
    number: int = 0
    planned: bool = True
    values: Mapping[str, float] = field(default_factory=dict)
    suspects: tuple[Suspect, ...] | None = None
    revealed: tuple[Revealed, ...] = ()


def replaced(candidates: Sequence[Candidate], news: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, with those of `news` in place of older ones of the same id."""
    by_id = {c.id: c for c in news}
    old = [by_id.pop(c.id, c) for c in candidates]
    return (*old, *by_id.values())
