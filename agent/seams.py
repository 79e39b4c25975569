"""Every record that crosses a border, and every Protocol behind which a part can be changed.

You can ignore the Protocols unless you want to put a part of your own in. Each has a shipped
in-memory or scripted implementation: `ScriptedProposer`, `ScriptedModel`, `FixedPrices`,
`MemoryTrace`, `MemorySandbox`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Protocol, runtime_checkable

from fixit_runtime.agent.economy import Action, Belief, Prices, Quote, Scored, Verdict
from fixit_runtime.agent.ledger import Ledger, Spend, Usage

# --------------------------------------------------------------------------- sandboxes


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Bounds of one command in a sandbox. Past one of them the whole process tree is killed."""

    wall_s: float = 120.0
    cpu_s: float = 60.0
    memory_mb: int = 2048
    output_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended. `output` is stdout and stderr together, cut at the limit.

    `returncode` is negative for a signal. `timed_out` is true when a wall or CPU limit ended
    it, `truncated` when output was dropped.
    """

    returncode: int
    output: bytes
    wall_s: float
    cpu_s: float
    timed_out: bool = False
    truncated: bool = False


@runtime_checkable
class Sandbox(Protocol):
    """A private copy of a repository, and a place to run hostile commands on it.

    `name` says which kind it is. `workdir` is the absolute path of the copy's root as commands
    inside see it; `python` the interpreter that commands inside use; `scratch` a writable
    folder outside the repository, as commands inside see it.

    Whatever runs inside
    - writes nowhere but in the copy, the scratch folder and temporary folders of its own;
    - reaches no network, not even this machine's loopback, and no process or socket of it;
    - sees none of the host's environment variables, nor files beside the system's programs and
      the interpreter with its packages, which it cannot change;
    - has no right that an ordinary user has not, and cannot gain one;
    - has bounded time, memory, processes, open files, disk and output;
    - is gone when `run` returns, when the sandbox is closed, and when fixit itself is killed.

    What somebody outside breaks (a killed container, a daemon that has gone) is a SandboxError,
    never a result: nobody may take it for what the tests say. Before `start` and after `close`
    all else raises SandboxError too. One caller at a time. `fixit doctor` tries all this out on
    each kind; what a kind does not cover stands in its class docstring.
    """

    name: str
    workdir: str
    python: str
    scratch: str

    def start(self) -> None:
        """Copy the repository in and make ready. Raises SandboxError. Idempotent."""

    def run(
        self,
        argv: Sequence[str],
        *,
        limits: RunLimits = RunLimits(),
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        cwd: str | None = None,
    ) -> Completed:
        """Run to the end. Nothing of its process tree is left behind. Raises SandboxError only
        if the sandbox itself is lost, never for what the command does."""

    def put(self, files: Mapping[str, bytes | None]) -> None:
        """Write files (relative to `workdir`, or absolute below `scratch`); None deletes one.
        Never follows a link out of the copy. Raises SandboxError."""

    def get(self, path: str, *, max_bytes: int = 10_000_000) -> bytes | None:
        """Read one regular file (same paths as put), at most `max_bytes` of it; None if there
        is none, or if a link stands there."""

    def close(self) -> None:
        """Kill everything inside and remove the copy. Idempotent; never raises."""


# --------------------------------------------------------------------------- tests


class Outcome(StrEnum):
    """How one test ended. ERROR: set-up, tear-down or collection failed."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"


@dataclass(frozen=True, slots=True)
class TestResult:
    """One executed test. `text` is the failure report, empty when it passed."""

    __test__ = False
    nodeid: str
    outcome: Outcome
    seconds: float = 0.0
    text: str = ""
    error_type: str = ""  # class name of the exception behind a failure, "" if unknown
    frames: tuple[tuple[str, int], ...] = ()  # traceback, outermost first: (path in the repo, line)


@dataclass(frozen=True, slots=True)
class Typed:
    """The classes, by name, of what a function's names held whenever it ended in a traced run.

    `line` is that of its first decorator, else of its `def`. "return" stands for what it gave.
    """

    path: str
    line: int
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One run of the test command.

    `results` in execution order. `completed` is false when the process died, hung or was cut,
    so that tests without a result are unknown, not absent. `errors` are collection errors as
    (path or nodeid, text).
    """

    results: tuple[TestResult, ...]
    returncode: int
    completed: bool
    wall_s: float
    cpu_s: float
    output: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    coverage: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    """Where asked for: nodeid -> path in the repo -> lines that the test ran."""
    screened: bool = False
    types: tuple[Typed, ...] = ()  # where coverage was asked for

    def outcome_of(self, nodeid: str) -> Outcome | None:
        return next((r.outcome for r in self.results if r.nodeid == nodeid), None)

    def with_outcome(self, *outcomes: Outcome) -> tuple[str, ...]:
        return tuple(r.nodeid for r in self.results if r.outcome in outcomes)


class TestCommand(Protocol):
    """A way to run the repository's tests inside a sandbox."""

    @property
    def text(self) -> str:
        """As a person would type it."""

    def run(
        self,
        sandbox: Sandbox,
        nodeids: Sequence[str] | None = None,
        *,
        limits: RunLimits = RunLimits(),
        coverage: bool = False,
        stop_at_first_failure: bool = False,
    ) -> SuiteRun:
        """Run the named tests, or all. Raises SandboxError, EnvironmentFailed."""


TestCommand.__test__ = False  # type: ignore[attr-defined]  # pytest collects what is named Test*


SLOW_TEST_S = 0.05  # tests that take longer are told apart from the others


@dataclass(frozen=True, slots=True)
class TestFacts:
    """What the first runs of the suite on the untouched copy showed.

    `failing` are the tests to make green (failed or errored in every rerun); `flaky` gave
    different outcomes on the same code; `passing` must stay green; `other` were skipped or
    xfailed. `reports` are the failing tests' results. `suite_s` and `suite_cpu_s` are what one
    whole run cost; `passing_s` is what the passing tests took of it, without what starts and
    collects them, and `slow` holds those that took SLOW_TEST_S each, with their seconds.
    `sandbox_s` is what a fresh sandbox takes to start.
    """

    __test__ = False
    failing: tuple[str, ...]
    passing: tuple[str, ...]
    flaky: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    reports: tuple[TestResult, ...] = ()
    suite_s: float = 0.0
    suite_cpu_s: float = 0.0
    command: str = ""
    passing_s: float = 0.0
    slow: tuple[tuple[str, float], ...] = ()
    sandbox_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """A line and how strongly the tests point at it, in [0, 1]."""

    path: str
    line: int
    suspiciousness: float


# --------------------------------------------------------------------------- candidates


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


# --------------------------------------------------------------------------- the run


@dataclass(frozen=True, slots=True)
class State:
    """All that a decision may look at. Replaced, never changed."""

    belief: Learner
    facts: TestFacts
    spent: Spend = field(default_factory=Spend)
    left_usd: float = float("inf")
    left_s: float = float("inf")
    left_risk: float = float("inf")
    suspects: tuple[Suspect, ...] = ()
    planned: bool = False
    candidates: tuple[Candidate, ...] = ()
    exhausted: frozenset[str] = frozenset()
    cursors: Mapping[str, str] = field(default_factory=dict)
    steps: int = 0
    broken: tuple[str, ...] = ()  # what of the environment has failed so far
    question: Question | None = None  # the latest that a proposer would ask
    answers: tuple[Answered, ...] = ()
    covering: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Passing tests that ran a line of the file, by its path, as far as a plan showed them."""
    idle: Mapping[str, int] = field(default_factory=dict)
    """How often in a row a step has changed nothing, by its option."""
    types: tuple[Typed, ...] = ()  # of functions near the suspects, as far as a plan saw them
    visited: frozenset[str] = frozenset()
    """Digests of the states that the run has been in since it last heard from the user."""
    cut: Mapping[str, Spend] = field(default_factory=dict)
    """What a step that a limit has cut short may take, at most, by its option."""
    ended: str = ""  # "", "submitted" or "deferred"

    @property
    def best(self) -> Candidate | None:
        """The candidate that is furthest along, then the likeliest; None while there is none."""
        reach = {Stage.CONFIRMED: 3, Stage.SAFE: 2, Stage.GREEN: 1, Stage.DOUBTED: 0}
        live = [c for c in self.candidates if c.stage in reach]
        return max(live, key=lambda c: (reach[c.stage], self.belief.chance_of(c.id)), default=None)

    def known(self, quote: Quote) -> Quote:
        """The quote, at what its step may take where a limit has cut it short before."""
        needs = self.cut.get(quote.option)
        if needs is None:
            return quote
        return replace(
            quote,
            latency_s=max(quote.latency_s, needs.seconds),
            cost_worst_usd=max(quote.cost_worst_usd, needs.usd),
        )

    def digest(self) -> str:
        """A short fingerprint of what was decided on; the same state gives the same digest,
        whenever in a run it comes up."""
        seen = {
            "failing": self.facts.failing,
            "planned": self.planned,
            "candidates": [(c.id, c.stage, c.checked, c.reds) for c in self.candidates],
            "answers": [a.text for a in self.answers],
            "exhausted": sorted(self.exhausted),
            "cursors": dict(sorted(self.cursors.items())),
        }
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Result:
    """What a step did: its verdict, its cost, and the facts that it changed."""

    verdict: Verdict
    spend: Spend = field(default_factory=Spend)
    candidates: tuple[Candidate, ...] = ()  # new ones, and old ones at a new stage
    suspects: tuple[Suspect, ...] | None = None
    exhausted: bool = False
    cursor: str = ""
    detail: str = ""
    broken: str = ""  # the part of the environment that failed, in words; "" while all works
    question: Question | None = None
    tried: int = 0  # candidates whose tests were run
    covering: Mapping[str, tuple[str, ...]] | None = None
    types: tuple[Typed, ...] | None = None
    agrees: str = ""  # the candidate at hand that another tier has proposed as well
    revealed: Revealed | None = None
    renewed: Mapping[str, float] = field(default_factory=dict)
    """Candidates at hand whose `prior` is another now, by id."""
    needs: Spend | None = None  # what it may take, where the deadline or the cap has cut it short


@dataclass(frozen=True, slots=True)
class Decision:
    """One comparison, whole, so that it can be replayed and scored later. `beyond` are the steps
    that made sense, but that the limits did not afford."""

    step: int
    state_digest: str
    prices: Prices
    menu: tuple[Scored, ...]
    chosen: str
    propensity: float
    reason: str
    policy: str
    estimators: tuple[str, ...] = ()
    seed: int = 0
    beyond: tuple[Quote, ...] = ()  # what made sense too, but not within the limits

    @property
    def quote(self) -> Quote:
        return next(s.quote for s in self.menu if s.quote.option == self.chosen)

    @property
    def score(self) -> float:
        return next(s.score for s in self.menu if s.quote.option == self.chosen)


@dataclass(frozen=True, slots=True)
class Booking:
    """A decision beside what came of it. `label`: was the candidate right? None = unknown."""

    step: int
    option: str
    action: Action
    tier: str
    spend: Spend
    verdict: Verdict
    p_before: float
    p_after: float
    forecast_gain: float
    forecast_usd: float
    forecast_s: float
    score: float
    detail: str = ""
    label: bool | None = None


class Learner(Belief, Protocol):
    """A belief that learns from what a step really showed, not only from its verdict."""

    def learn(self, quote: Quote, result: Result) -> Learner:
        """The belief once `quote` has been taken and brought `result`."""

    def chance_of(self, candidate: str) -> float:
        """P that the candidate of this id is right; 0 for one that is not held."""

    def p_accept(self, option: str) -> float:
        """P that this check accepts the best candidate."""

    def hear(self, answered: Answered) -> Learner:
        """The belief once the user has answered."""

    def source(self, tier: str) -> str:
        """Where the chances of this tier come from, in words with a version."""


class Step(Protocol):
    """One entry of the menu: it prices itself, and can be done."""

    @property
    def option(self) -> str:
        """Its name on the menu, as in "act:search"."""

    def quote(self, state: State) -> Quote | None:
        """What doing this now promises and costs; None where it makes no sense now."""

    def do(self, state: State, ledger: Ledger) -> Result:
        """Do it. Charges what it spends to the ledger while it spends it, so that an
        interrupted step is not free. May raise BudgetExceeded before spending, and
        EnvironmentFailed."""


class Policy(Protocol):
    """Chooses from a priced menu. `rank` of the economy is the shipped rule."""

    @property
    def name(self) -> str:
        """As --policy takes it."""

    def rank(self, state: State, menu: Sequence[Quote], prices: Prices) -> list[Scored]:
        """The menu, best first."""


# --------------------------------------------------------------------------- proposers, models


@runtime_checkable
class TriesInputs(Protocol):
    """A proposer that can also try a candidate on inputs that it makes up: does it behave like
    its rivals, and like the old code where nothing was wrong?"""

    def quote_inputs(self, state: State, candidate: Candidate) -> Quote | None:
        """What trying costs (`p_accept` is left to the belief); None where there is no way."""

    def try_inputs(self, state: State, candidate: Candidate, ledger: Ledger) -> Result:
        """ACCEPT, REJECT or FAILED, with a detail in words. Charges the ledger itself."""


class Proposer(Protocol):
    """Makes candidates in slices, and prices its next slice."""

    tier: str

    def quote(self, state: State) -> Quote | None:
        """The next slice with the tests that make it worth something; None when exhausted."""

    def propose(self, state: State, ledger: Ledger) -> Proposal:
        """One slice. Charges the ledger itself."""


@dataclass(frozen=True, slots=True)
class Message:
    role: str  # system, user or assistant
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One model call. `max_output_tokens` bounds what can be billed."""

    model: str
    messages: tuple[Message, ...]
    max_output_tokens: int = 4096
    temperature: float = 0.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `model` is the one that answered, as the provider names it (the one asked
    where it does not say); `finish` is "stop", "length" (cut) or the provider's own word."""

    text: str
    usage: Usage
    cost_usd: float
    seconds: float
    model: str
    finish: str = "stop"
    calls: int = 1  # HTTP calls that may have been billed, retries included


class ModelGateway(Protocol):
    """The way to models. Only models that the user named are ever called."""

    def complete(self, request: Request, ledger: Ledger) -> Reply:
        """One completion. Reserves the worst case (input, max output, retries, at the price
        now) in the ledger first and settles with the billed usage.

        Raises: BudgetExceeded, UnknownModel, UnknownPrice, MissingKey, ModelError.
        """

    def count_tokens(self, model: str, messages: Iterable[Message]) -> int:
        """Input tokens of these messages, by the model's own tokenizer where known."""


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """USD per token of each kind, now, and where that was read."""

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    source: str = ""

    def cost(self, usage: Usage) -> float:
        """USD of this usage. A kind without a price of its own costs what input costs."""
        read = self.input if self.cache_read is None else self.cache_read
        write = self.input if self.cache_write is None else self.cache_write
        return (
            usage.input * self.input
            + usage.cache_read * read
            + usage.cache_write * write
            + usage.output * self.output
        )


class PriceBook(Protocol):
    """What tokens cost now."""

    def prices(self, model: str) -> TokenPrices:
        """Raises UnknownPrice: an unknown price is an error, never zero."""


class Estimator(Protocol):
    """Estimates chances. `version` stands in every quote that rests on it."""

    version: str

    def belief(self, facts: TestFacts, tiers: Sequence[str]) -> Learner:
        """The belief before the first step."""


# --------------------------------------------------------------------------- the trace


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a trace. `kind`: run_start, decision, llm, tool, outcome, risk, run_end."""

    run: str
    seq: int
    t: float  # seconds since the epoch
    kind: str
    data: Mapping[str, object]


class TraceStore(Protocol):
    """Append-only. One writer per run."""

    run: str

    def append(self, kind: str, data: Mapping[str, object], *, sync: bool = False) -> Event:
        """Add one event; with `sync` it is on disk when this returns."""

    def events(self) -> Sequence[Event]:
        """All events of this run, in order."""


Clock = Callable[[], float]


def replaced(candidates: Sequence[Candidate], news: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, with those of `news` in place of older ones of the same id."""
    by_id = {c.id: c for c in news}
    old = [by_id.pop(c.id, c) for c in candidates]
    return (*old, *by_id.values())


__all__ = [
    "Answered", "Booking", "Candidate", "Clock", "Completed", "Decision", "Estimator", "Event",
    "Message", "ModelGateway", "Outcome", "Policy", "PriceBook", "Proposal", "Proposer", "Reply",
    "Request", "Result", "Revealed", "RunLimits", "Sandbox", "Stage", "State", "Step", "SuiteRun",
    "Suspect", "TestCommand", "TestFacts", "TestResult", "TokenPrices", "TraceStore", "Tried",
    "TriesInputs", "Typed", "asdict", "replace", "replaced",
]  # fmt: skip
