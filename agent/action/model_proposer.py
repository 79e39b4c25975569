"""ModelProposer: one slice is one attempt of a model, with the failing tests run on its patch.

A reply whose edits do not apply is answered with why, at most `corrections` times, each as far
as the cap affords it. A patch that touches what it must not is refused without running
anything; what was refused or failed is told to the model in its next attempt.
"""

from __future__ import annotations

import hashlib
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Protocol

from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.action.prompt import Bounds, Tried, prompt, shortened
from fixit_runtime.agent.economy import Action, Quote
from fixit_runtime.agent.errors import BudgetExceeded
from fixit_runtime.agent.ledger import Ledger, Usage
from fixit_runtime.agent.seams import (
    Candidate,
    Message,
    ModelGateway,
    PriceBook,
    Proposal,
    Reply,
    Request,
    Revealed,
    Stage,
    State,
    SuiteRun,
    TestFacts,
)
from fixit_runtime.tools.edit import AppliedEdits, EditProblem, apply_reply, explain
from fixit_runtime.tools.judge import judge
from fixit_runtime.tools.patch import make_diff
from fixit_runtime.tools.protect import refuse

MAX_ATTEMPTS = 4
MORE_ATTEMPTS = 2  # after each answer of the user
CORRECTIONS = 2
OUTPUT_LIMITS = (8192, 4096, 2048)  # the largest that the cap affords is asked for
TYPICAL_OUTPUT = 800  # tokens of a reply, until this run has seen some
TYPICAL_CALLS = 1.2  # completions an attempt, corrections included
TYPICAL_CALL_S = 20.0
LATER_TEMPERATURE = 0.7  # a second attempt is to differ from the first
TOLD_OF = 6  # earlier patches that a prompt may tell of
OUTPUT_CHARS = 1500  # kept of what the tests said about a patch
NOTE_CHARS = 200
CUT = (
    "Your reply was cut at its length limit. Answer shorter: the cause in one sentence, then "
    "only the blocks that are needed."
)


class PricedGateway(ModelGateway, Protocol):
    """A gateway that says beforehand what it would reserve."""

    def worst_usd(self, request: Request) -> float:
        """What `complete` would reserve for this request, USD."""


@dataclass(slots=True)
class _Seen:
    """What this run's attempts were like, for better quotes."""

    attempts: int = 0
    calls: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    @property
    def calls_an_attempt(self) -> float:
        return self.calls / self.attempts if self.attempts else TYPICAL_CALLS

    @property
    def output(self) -> int:
        return round(self.output_tokens / self.calls) if self.calls else TYPICAL_OUTPUT

    @property
    def call_s(self) -> float:
        return self.seconds / self.calls if self.calls else TYPICAL_CALL_S

    @property
    def source(self) -> str:
        return f"{self.calls} calls of this run" if self.calls else "assumed reply size and speed"


@dataclass(slots=True)
class ModelProposer:
    """A Proposer over one model. `cursor` is the number of attempts made.

    It is exhausted after `max_attempts`, or when a reply repeats an earlier one. Raises what
    the gateway raises on an attempt's first call.
    """

    tier: str
    model: str
    gateway: PricedGateway
    bench: Bench
    prices: PriceBook
    _: KW_ONLY
    allow_test_edits: bool = False
    max_attempts: int = MAX_ATTEMPTS
    corrections: int = CORRECTIONS
    seed: int | None = None
    bounds: Bounds = field(default_factory=Bounds)
    _seen: _Seen = field(default_factory=_Seen, init=False)
    _outputs: dict[str, str] = field(default_factory=dict, init=False)  # by candidate id

    def quote(self, state: State) -> Quote | None:
        """The next attempt. `p_accept` is left to the belief.

        The worst cost is that of the first call with its repeats, and of a run of the tests
        that takes all it may; corrections are made only as far as the cap still affords them.
        """
        if self._made(state) >= self._most(state):
            return None
        request = self._request(state)
        prices = self.prices.prices(self.model)
        tokens = self.gateway.count_tokens(self.model, request.messages)
        call_usd = prices.cost(Usage(tokens, output=self._seen.output))
        test_usd = state.facts.suite_cpu_s * self.bench.prices.cpu_usd_per_s
        usd = self._seen.calls_an_attempt * call_usd + test_usd
        return Quote(
            f"act:{self.tier}",
            Action.ACT,
            tier=self.tier,
            cost_usd=usd,
            cost_worst_usd=max(usd, self._worst_usd(request)),
            latency_s=self._seen.calls_an_attempt * self._seen.call_s + state.facts.suite_s,
            outcomes=Quote.attempt(0.0),
            sources=(prices.source, "prompt tokens counted", self._seen.source),
        )

    def propose(self, state: State, ledger: Ledger) -> Proposal:
        """One attempt. Candidates that pass the failing tests are GREEN; what was refused, did
        not apply or still fails comes back in `refused`, with why."""
        before = ledger.spent
        reply, outcome = self._converse(self._request(state), ledger)
        candidate = self._candidate(reply, outcome)
        same = next((c for c in state.candidates if _same(c, candidate)), None)
        loops = same is not None and same.tier == self.tier
        tested = same is None and not candidate.why_rejected
        if same is not None:
            candidate = _rejected(
                candidate, f"tried before: {same.why_rejected or 'it is at hand'}"
            )
        turned_green = 0.0
        if tested:
            candidate, turned_green = self._tested(candidate, state.facts, ledger)
        made, green = self._made(state) + 1, candidate.stage is Stage.GREEN
        return Proposal(
            candidates=(candidate,) if green else (),
            spend=ledger.spent - before,
            tried=int(tested),
            exhausted=loops or made >= self._most(state),
            refused=() if green or loops else (candidate,),
            cursor=str(made),
            detail=_detail(candidate, loops),
            revealed=None if green else Revealed(tested, turned_green, _lines(candidate.diff)),
        )

    def _converse(
        self, request: Request, ledger: Ledger
    ) -> tuple[Reply, AppliedEdits | tuple[EditProblem, ...]]:
        """Ask, and ask again while the edits do not apply and something new comes back."""
        self._seen.attempts += 1
        reply = self._ask(request, ledger)
        for _ in range(self.corrections):
            outcome = apply_reply(reply.text, self.bench.originals)
            if isinstance(outcome, AppliedEdits):
                return reply, outcome
            told = f"{CUT}\n\n{explain(outcome)}" if reply.finish == "length" else explain(outcome)
            turns = Message("assistant", reply.text or "(nothing)"), Message("user", told)
            request = replace(request, messages=(*request.messages, *turns))
            last = reply
            try:
                reply = self._ask(request, ledger)
            except BudgetExceeded:
                break
            if reply.text == last.text:
                break
        return reply, apply_reply(reply.text, self.bench.originals)

    def _ask(self, request: Request, ledger: Ledger) -> Reply:
        reply = self.gateway.complete(request, ledger)
        self._seen.calls += 1
        self._seen.output_tokens += reply.usage.output
        self._seen.seconds += reply.seconds
        return reply

    def _candidate(
        self, reply: Reply, outcome: AppliedEdits | tuple[EditProblem, ...]
    ) -> Candidate:
        """The reply's patch, rejected already if it does not apply or touches what it must not."""
        note = _note(reply.text)
        if not isinstance(outcome, AppliedEdits):
            problem = outcome[0]
            where = f"{problem.path}: " if problem.path else ""
            candidate = Candidate(_id(self.tier, reply.text), self.tier, {}, note)
            return _rejected(candidate, f"its edits do not apply: {where}{problem.message}")
        originals = {path: self.bench.originals(path) for path in outcome.files}
        diff = make_diff(originals, outcome.files)
        candidate = Candidate(_id(self.tier, diff), self.tier, outcome.files, note, diff=diff)
        why_not = refuse(outcome.files, originals, allow_test_edits=self.allow_test_edits)
        return _rejected(candidate, f"refused: {why_not}") if why_not else candidate

    def _tested(
        self, candidate: Candidate, facts: TestFacts, ledger: Ledger
    ) -> tuple[Candidate, float]:
        """The candidate after the failing tests were run on it: GREEN, or rejected with why; and
        which part of them passed."""
        bench = self.bench
        run = bench.test(ledger, candidate.files, facts.failing)
        judgement = judge(facts, run, scope="failing")
        if judgement.ok:
            return replace(candidate, stage=Stage.GREEN), 1.0
        self._outputs[candidate.id] = _said(run)
        part = len(judgement.fixed) / max(len(facts.failing), 1)
        return _rejected(candidate, judgement.why), part

    def _request(self, state: State) -> Request:
        """The attempt's first call, with the largest output limit that the cap affords."""
        rejected = [
            c
            for c in state.candidates
            if c.stage is Stage.REJECTED and (c.diff or c.tier == self.tier)
        ]
        messages = prompt(
            state.facts,
            state.suspects,
            self.bench.originals,
            [
                Tried(c.diff, c.why_rejected, self._outputs.get(c.id, ""))
                for c in rejected[-TOLD_OF:]
            ],
            answers=state.answers,
            allow_test_edits=self.allow_test_edits,
            bounds=self.bounds,
        )
        temperature = LATER_TEMPERATURE if self._made(state) else 0.0
        for limit in OUTPUT_LIMITS:
            request = Request(self.model, messages, limit, temperature, self.seed)
            if self._worst_usd(request) <= state.left_usd:
                break
        return request

    def _worst_usd(self, request: Request) -> float:
        test_usd = self.bench.limits.cpu_s * self.bench.prices.cpu_usd_per_s
        return self.gateway.worst_usd(request) + test_usd

    def _most(self, state: State) -> int:
        """Attempts in all; the user's words are worth some more."""
        return self.max_attempts + MORE_ATTEMPTS * len(state.answers)

    def _made(self, state: State) -> int:
        return int(state.cursors.get(self.tier) or 0)


def _detail(candidate: Candidate, loops: bool) -> str:
    if candidate.stage is Stage.GREEN:
        return f"passes: {candidate.note}"
    again = "; it repeats itself, so it is asked no more" if loops else ""
    return f"{candidate.why_rejected}{again}"


def _lines(diff: str) -> int:
    """Lines that a diff adds or takes out."""
    marks = ("+", "-")
    return sum(
        line.startswith(marks) and not line.startswith(("+++", "---")) for line in diff.splitlines()
    )


def _same(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates are one reply, or one patch."""
    return one.id == other.id or bool(one.files and one.files == other.files)


def _rejected(candidate: Candidate, why: str) -> Candidate:
    return replace(candidate, stage=Stage.REJECTED, why_rejected=_printable(why))


def _said(run: SuiteRun) -> str:
    """What the tests said about a patch that they do not accept."""
    reports = (result.text for result in run.results if result.text.strip())
    return shortened(next(reports, run.output), OUTPUT_CHARS)


def _note(reply: str) -> str:
    """The reply's words before its first block, on one line."""
    lines: list[str] = []
    for line in reply.splitlines():
        if line.lstrip("` ").startswith("<<<<<"):
            lines = lines[:-1]  # the block's path
            break
        lines.append(line)
    words = _printable(" ".join(lines).replace("```", " "))
    return words if len(words) <= NOTE_CHARS else words[:NOTE_CHARS] + "..."


def _printable(text: str) -> str:
    """A model's or a test's words on one line, without what a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _id(tier: str, text: str) -> str:
    return f"{tier}#{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:12]}"
