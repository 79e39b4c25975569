"""A model's candidate is tried on calls like those of the tests."""

from collections.abc import Callable, Mapping

import pytest

from fixit_runtime.agent.action.estimator import GridEstimator
from fixit_runtime.agent.economy import Prices, Verdict
from fixit_runtime.agent.ledger import Ledger
from fixit_runtime.agent.seams import Candidate, State
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.repair.search import SearchProposer

PRICE = {
    "price.py": """
        def share(total, people):
            return total // people + 1

        def with_tip(total, tip):
            return total + tip
    """,
    "test_price.py": """
        from price import share, with_tip

        def test_even():
            assert share(12, 3) == 4

        def test_tip():
            assert [with_tip(n, 2) for n in (1, 5, 9)] == [3, 7, 11]
    """,
}
RIGHT = ("total // people + 1", "total // people")
RAISES = ("return total // people + 1", "return {12: 4}[total]")
BESIDE = ("return total + tip", "return total + 2 if total in (1, 5, 9) else 1 / 0")


@pytest.fixture
def examined(
    repository: Callable[[Mapping[str, str]], LocalSandbox], bare_pytest: PytestCommand
) -> Callable[..., tuple[SearchProposer, State, Candidate]]:
    sandbox = repository(PRICE)

    def made(
        *edits: tuple[str, str], tier: str = "model"
    ) -> tuple[SearchProposer, State, Candidate]:
        facts = observe(bare_pytest, sandbox, reruns=1)
        text = (sandbox.get("price.py") or b"").decode()
        proposer = SearchProposer(
            sandbox, bare_pytest, {"price.py": text}.get, ["price.py"],
            prices=Prices(), clock=lambda: 0.0,
        )  # fmt: skip
        new = text
        for old, by in edits:
            assert old in new
            new = new.replace(old, by)
        candidate = Candidate(id="c", tier=tier, files={"price.py": new})
        belief = GridEstimator(()).belief(facts, ("search",))
        return proposer, State(belief, facts), candidate

    return made


def test_a_right_repair_keeps_what_passing_tests_saw(examined) -> None:
    proposer, state, candidate = examined(RIGHT)
    ledger = Ledger()

    quote = proposer.quote_inputs(state, candidate)
    result = proposer.try_inputs(state, candidate, ledger)

    assert quote is not None
    assert quote.cost_usd > 0
    assert (result.verdict, "keeps" in result.detail) == (Verdict.ACCEPT, True)
    assert ledger.spent.cpu_s > 0


@pytest.mark.parametrize("edits", [[RAISES], [RIGHT, BESIDE]])
def test_a_repair_that_raises_where_the_old_code_returned_is_refused(examined, edits) -> None:
    proposer, state, candidate = examined(*edits)

    result = proposer.try_inputs(state, candidate, Ledger())

    assert result.verdict is Verdict.REJECT
    assert "raises" in result.detail


def test_what_the_search_compared_already_is_not_examined_again(examined) -> None:
    proposer, state, candidate = examined(RIGHT, tier="search")

    assert proposer.quote_inputs(state, candidate) is None
