"""A model's attempts, run for real in a sandbox: what is taken, refused, told, and charged."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fixit_runtime.agent.action.bench import Bench
from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.action.model_proposer import (
    MAX_ATTEMPTS,
    OUTPUT_LIMITS,
    ModelProposer,
    PricedGateway,
)
from fixit_runtime.agent.demand.models import LiteLLMGateway
from fixit_runtime.agent.demand.scripted import ScriptedModel
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.errors import BudgetExceeded, ModelError
from fixit_runtime.agent.ledger import Ledger, Limits, Usage
from fixit_runtime.agent.seams import (
    Candidate,
    Proposal,
    Reply,
    RunLimits,
    Stage,
    State,
    TestFacts,
    TokenPrices,
    replaced,
)
from fixit_runtime.agent.supply.pricebook import FixedPrices
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.edit import render
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.source import SourceTree
from tests import openai_server as server
from tests.openai_server import MODEL, OpenAIServer

CART = "def total(prices):\n    return sum(prices) + 1\n"
TEST = (
    "from shop.cart import total\n\n\n"
    "def test_empty():\n    assert total([]) == 0\n\n\n"
    "def test_two():\n    assert total([1, 2]) == 3\n\n\n"
    "def test_kind():\n    assert isinstance(total([1]), int)\n"
)
FILES = {"shop/__init__.py": "", "shop/cart.py": CART, "tests/test_cart.py": TEST}

BUG, FIX = "    return sum(prices) + 1\n", "    return sum(prices)\n"
RIGHT = "The total is one too high.\n\n" + render("shop/cart.py", BUG, FIX)
WRONG = "Too low.\n\n" + render("shop/cart.py", BUG, "    return sum(prices) + 2\n")
OTHER = "Rounding?\n\n" + render("shop/cart.py", BUG, "    return round(sum(prices) + 1)\n")
WEAKER = "The test is wrong.\n\n" + render(
    "tests/test_cart.py", "    assert total([]) == 0\n", "    assert total([]) == 1\n"
)
MISSES = "Here.\n\n" + render("shop/cart.py", "    return add(prices)\n", FIX)
NOT_PYTHON = "So.\n\n" + render("shop/cart.py", BUG, "    return sum(prices\n")

PRICES = TokenPrices(1e-6, 4e-6, source="test prices")
BOOK = FixedPrices({MODEL: PRICES})


@dataclass(frozen=True)
class World:
    """A red repository in a started sandbox, and the facts of its tests."""

    bench: Bench
    facts: TestFacts

    def state(self, **changes: object) -> State:
        belief = GridEstimator(()).belief(self.facts, [MODEL])
        return replace(State(belief, self.facts), **changes)  # type: ignore[arg-type]

    def proposer(self, gateway: PricedGateway) -> ModelProposer:
        return ModelProposer(MODEL, MODEL, gateway, self.bench, BOOK)

    def files_now(self) -> dict[str, str]:
        got = {path: self.bench.sandbox.get(path) for path in FILES}
        return {path: (data or b"").decode() for path, data in got.items()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    root = tmp_path_factory.mktemp("red")
    for path, text in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    sandbox = LocalSandbox(Snapshot.of(root), python=Path(sys.executable))
    sandbox.start()
    command = PytestCommand(env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    facts = observe(command, sandbox, reruns=1)
    tree, ticks = SourceTree(root), iter(range(10**6))
    bench = Bench(
        sandbox,
        lambda: sandbox,
        command,
        command,
        tree.read,
        Prices(),
        lambda: float(next(ticks)),
        RunLimits(wall_s=60, cpu_s=30),
    )
    yield World(bench, facts)
    sandbox.close()


def after(state: State, proposal: Proposal) -> State:
    """The state as the loop would leave it."""
    return replace(
        state,
        candidates=replaced(state.candidates, (*proposal.candidates, *proposal.refused)),
        cursors={**state.cursors, MODEL: proposal.cursor},
    )


def attempts(world: World, model: ScriptedModel, count: int) -> tuple[list[Proposal], State]:
    """So many slices, one after another."""
    proposer, state, ledger = world.proposer(model), world.state(), Ledger()
    proposals = []
    for _ in range(count):
        proposals.append(proposer.propose(state, ledger))
        state = after(state, proposals[-1])
    return proposals, state


def scripted(*replies: str | Exception | Reply) -> ScriptedModel:
    return ScriptedModel(replies, BOOK)


def only(candidates: Sequence[Candidate]) -> Candidate:
    assert len(candidates) == 1
    return candidates[0]


def test_a_patch_that_passes_the_failing_tests_comes_back_green(world: World) -> None:
    ledger = Ledger()
    proposal = world.proposer(scripted(RIGHT)).propose(world.state(), ledger)

    candidate = only(proposal.candidates)
    assert candidate.stage is Stage.GREEN
    assert candidate.files == {"shop/cart.py": CART.replace(" + 1", "")}
    assert "-    return sum(prices) + 1\n+    return sum(prices)\n" in candidate.diff
    assert candidate.note == "The total is one too high."
    assert (proposal.tried, proposal.exhausted, proposal.cursor) == (1, False, "1")


def test_a_note_holds_nothing_that_a_terminal_would_obey(world: World) -> None:
    reply = "\x1b]0;owned\x07Too\r\x1b[2Klow.\n\n" + RIGHT
    proposal = world.proposer(scripted(reply)).propose(world.state(), Ledger())

    assert only(proposal.candidates).note.isprintable()


def test_an_attempt_costs_its_tokens_and_the_cpu_time_of_its_tests(world: World) -> None:
    ledger = Ledger()
    proposal = world.proposer(scripted(RIGHT)).propose(world.state(), ledger)

    spend = proposal.spend
    assert spend == ledger.spent
    assert spend.model_usd == pytest.approx(PRICES.cost(spend.usage)) != 0
    assert spend.cpu_s > 0
    assert spend.usd == pytest.approx(
        spend.model_usd + spend.cpu_s * world.bench.prices.cpu_usd_per_s
    )
    assert spend.seconds > 0


@pytest.mark.parametrize(
    "reply", [RIGHT, WRONG, WEAKER, MISSES], ids=["right", "wrong", "test", "miss"]
)
def test_the_sandbox_is_left_as_it_was(world: World, reply: str) -> None:
    world.proposer(scripted(reply, reply, reply)).propose(world.state(), Ledger())

    assert world.files_now() == FILES


def test_a_wrong_patch_is_rejected_and_the_next_attempt_is_told_what_the_tests_said(
    world: World,
) -> None:
    model = scripted(WRONG, RIGHT)
    (first, second), _ = attempts(world, model, 2)

    rejected = only(first.refused)
    assert rejected.stage is Stage.REJECTED
    assert "still failing: tests/test_cart.py::test_empty" in rejected.why_rejected
    assert first.candidates == ()
    told = model.requests[1].messages[1].content
    assert "+    return sum(prices) + 2" in told
    assert "still failing" in told
    assert "assert 2 == 0" in told
    assert only(second.candidates).stage is Stage.GREEN


def test_a_weakened_test_is_refused_unrun_and_the_model_is_told(world: World) -> None:
    model = scripted(WEAKER, RIGHT)
    (first, second), _ = attempts(world, model, 2)

    assert first.tried == 0
    assert first.spend.cpu_s == 0
    assert "tests/test_cart.py is a test" in only(first.refused).why_rejected
    assert "tests/test_cart.py is a test" in model.requests[1].messages[1].content
    assert second.candidates


def test_a_weakened_test_may_pass_where_the_user_allows_test_edits(world: World) -> None:
    weaker = WEAKER + "\n" + render("shop/cart.py", BUG, FIX.replace(")", ") or 1"))
    weaker += render("tests/test_cart.py", "assert total([1, 2]) == 3", "assert total([1, 2]) == 3")
    proposer = ModelProposer(
        MODEL, MODEL, scripted(weaker), world.bench, BOOK, allow_test_edits=True
    )
    proposal = proposer.propose(world.state(), Ledger())

    assert set(only(proposal.candidates).files) == {"shop/cart.py", "tests/test_cart.py"}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (MISSES, "do not occur in the file"),
        (NOT_PYTHON, "not valid Python"),
        ("I would fix it.", "no <<<<<<< SEARCH block"),
    ],
    ids=["misses", "syntax", "prose"],
)
def test_edits_that_do_not_apply_are_explained_and_asked_for_again(
    world: World, reply: str, words: str
) -> None:
    model = scripted(reply, RIGHT)
    proposal = world.proposer(model).propose(world.state(), Ledger())

    asked = model.requests[1].messages
    assert asked[:2] == model.requests[0].messages
    assert (asked[2].role, asked[2].content) == ("assistant", reply)
    assert words in asked[3].content
    assert proposal.candidates
    assert proposal.cursor == "1"


def test_after_two_corrections_the_attempt_is_given_up(world: World) -> None:
    model = scripted(MISSES, NOT_PYTHON, MISSES.replace("add", "plus"), RIGHT)
    proposal = world.proposer(model).propose(world.state(), Ledger())

    assert len(model.requests) == 3
    assert proposal.candidates == ()
    assert "do not apply: shop/cart.py" in only(proposal.refused).why_rejected


def test_a_reply_that_repeats_its_mistake_word_for_word_is_not_asked_again(world: World) -> None:
    model = scripted(MISSES, MISSES, RIGHT)
    world.proposer(model).propose(world.state(), Ledger())

    assert len(model.requests) == 2


def test_a_cut_reply_is_told_to_be_shorter(world: World) -> None:
    cut = Reply(RIGHT[:60], Usage(100, output=50), 0.001, 1.0, MODEL, finish="length")
    model = scripted(cut, RIGHT)
    proposal = world.proposer(model).propose(world.state(), Ledger())

    assert "cut at its length limit" in model.requests[1].messages[-1].content
    assert proposal.candidates


def test_a_repeated_patch_is_not_run_again_and_exhausts_the_tier(world: World) -> None:
    (first, second), _ = attempts(world, scripted(WRONG, "Once more.\n" + WRONG), 2)

    assert (first.tried, second.tried) == (1, 0)
    assert (first.exhausted, second.exhausted) == (False, True)
    assert "tried before: still failing" in second.detail


def test_a_patch_that_another_tier_tried_is_not_run_again(world: World) -> None:
    files = {"shop/cart.py": CART.replace("+ 1", "+ 2")}
    theirs = Candidate("s1", "search", files, stage=Stage.REJECTED, why_rejected="broken: x")
    proposal = world.proposer(scripted(WRONG)).propose(world.state(candidates=(theirs,)), Ledger())

    assert (proposal.tried, proposal.exhausted) == (0, False)
    assert only(proposal.refused).why_rejected == "tried before: broken: x"


def test_attempts_are_bounded_and_counted_by_the_cursor(world: World) -> None:
    proposer = ModelProposer(MODEL, MODEL, scripted(WRONG), world.bench, BOOK, max_attempts=3)

    assert proposer.quote(world.state(cursors={MODEL: "2"}))
    assert proposer.quote(world.state(cursors={MODEL: "3"})) is None
    assert proposer.propose(world.state(cursors={MODEL: "2"}), Ledger()).exhausted
    assert MAX_ATTEMPTS == 4


def test_what_a_suite_run_rejected_is_told_too(world: World) -> None:
    broke = Candidate(
        "x", "search", {"shop/cart.py": ""}, stage=Stage.REJECTED, diff="-a\n+b\n",
        why_rejected="broken: tests/test_other.py::test_b",
    )  # fmt: skip
    model = scripted(RIGHT)
    world.proposer(model).propose(world.state(candidates=(broke,)), Ledger())

    assert "tests/test_other.py::test_b" in model.requests[0].messages[1].content


def test_a_quote_prices_prompt_and_reply_and_names_its_sources(world: World) -> None:
    proposer = world.proposer(scripted(RIGHT))
    quote = proposer.quote(world.state())

    assert quote
    assert quote.cost_worst_usd > quote.cost_usd > 0
    assert quote.latency_s > 0
    assert "test prices" in quote.sources
    assert "assumed reply size and speed" in quote.sources
    assert quote.p_accept == 0  # the belief's business


def test_a_quote_learns_from_the_calls_of_its_own_run(world: World) -> None:
    proposer = world.proposer(scripted(RIGHT))
    before = proposer.quote(world.state())
    proposer.propose(world.state(), Ledger())
    learned = proposer.quote(world.state())

    assert before and learned
    assert learned.cost_usd < before.cost_usd  # a short reply, in one call
    assert "1 calls of this run" in learned.sources


def test_a_dearer_model_is_quoted_dearer(world: World) -> None:
    dear = FixedPrices({MODEL: TokenPrices(1e-5, 4e-5)})
    cheap = world.proposer(scripted()).quote(world.state())
    costly = ModelProposer(MODEL, MODEL, ScriptedModel([], dear), world.bench, dear).quote(
        world.state()
    )

    assert cheap and costly
    assert costly.cost_usd > cheap.cost_usd
    assert costly.cost_worst_usd > cheap.cost_worst_usd


def test_a_tight_cap_asks_for_shorter_replies_before_it_forbids_the_call(world: World) -> None:
    free = world.proposer(scripted()).quote(world.state())
    assert free
    tight = free.cost_worst_usd - PRICES.output * (OUTPUT_LIMITS[0] - OUTPUT_LIMITS[1]) / 2
    model = scripted(RIGHT)
    proposer = world.proposer(model)
    state = world.state(left_usd=tight)
    quote = proposer.quote(state)
    proposer.propose(state, Ledger(Limits(cost_usd=tight)))

    assert quote and quote.cost_worst_usd <= tight
    assert model.requests[0].max_output_tokens == OUTPUT_LIMITS[1]


def test_a_first_call_that_the_cap_cannot_bear_is_not_made(world: World) -> None:
    model = scripted(RIGHT)
    with pytest.raises(BudgetExceeded):
        world.proposer(model).propose(world.state(left_usd=1e-6), Ledger(Limits(cost_usd=1e-6)))

    assert model.requests == []


def test_a_correction_that_the_cap_cannot_bear_ends_the_attempt_and_not_the_run(
    world: World,
) -> None:
    model = scripted(MISSES, RIGHT)
    quote = world.proposer(model).quote(world.state())
    assert quote
    cap = quote.cost_worst_usd
    ledger = Ledger(Limits(cost_usd=cap))
    proposal = world.proposer(model).propose(world.state(), ledger)

    assert len(model.requests) == 1
    assert proposal.refused
    assert ledger.spent.usd <= cap


def test_an_endpoint_that_fails_ends_the_attempt_with_its_error(world: World) -> None:
    with pytest.raises(ModelError, match="down"):
        world.proposer(scripted(ModelError("down"))).propose(world.state(), Ledger())

    assert world.files_now() == FILES


def test_through_real_litellm_a_wrong_and_a_weakening_patch_are_refused_before_the_right_one(
    world: World,
) -> None:
    answers = [server.text(WRONG), server.failure(429, retry_after=0), server.text(WEAKER)]
    with OpenAIServer([*answers, server.text(RIGHT)]) as at:
        gateway = LiteLLMGateway(BOOK, api_base=at.url, sleep=lambda seconds: None)
        proposer, state, ledger = world.proposer(gateway), world.state(), Ledger()
        stages = []
        for _ in range(3):
            assert proposer.quote(state)
            proposal = proposer.propose(state, ledger)
            stages += [c.stage for c in (*proposal.candidates, *proposal.refused)]
            state = after(state, proposal)
        prompts = [request.prompt for request in at.requests]

    assert stages == [Stage.REJECTED, Stage.REJECTED, Stage.GREEN]
    assert "is a test" in prompts[-1]
    assert ledger.spent.usage.total == 3 * 120
    assert world.files_now() == FILES
