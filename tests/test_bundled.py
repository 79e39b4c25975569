"""What fixit does with its own failing repositories, by search and by a scripted model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fixit_runtime.agent.report.record import Ended, RunReport
from fixit_runtime.tasks.bundle import load, names
from tests import bundled
from tests import openai_server as server
from tests.openai_server import MODEL, OpenAIServer

# Short form of `python benchmarks/bundled.py`, which runs all: those that one edit repairs within
# the order's first thousand, and one that needs two.
WITHIN_REACH = (
    "beekeeper-invoices", "corner-bakery", "cottage-calendar", "marathon-splits", "museum-gate",
    "parcel-router", "piggy-bank", "pocket-abacus", "recipe-box", "squirrel-cache",
)  # fmt: skip
BEYOND = "relay-watch"
pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunReport]:
    """Bundled tasks, repaired by the search tier alone. Waiting is cheap here, so that a busy
    machine does not end a search early."""
    folder = tmp_path_factory.mktemp("searched")
    found = {n: bundled.run(n, folder, latency_price=0.5, deadline=300.0) for n in WITHIN_REACH}
    return {**found, BEYOND: bundled.run(BEYOND, folder, deadline=10.0)}


def test_the_search_tier_makes_the_correct_change_in_at_least_nine(
    searched: dict[str, RunReport],
) -> None:
    correct = [n for n, r in searched.items() if r.patch and bundled.is_correct(load(n), r.patch)]

    assert len(correct) >= 9, {n: (r.outcome, r.reason) for n, r in searched.items()}


def test_no_patch_is_called_fixed_unless_its_tests_were_executed_and_passed(
    searched: dict[str, RunReport],
) -> None:
    for name, report in searched.items():
        if report.outcome is Ended.FIXED:
            assert report.tests.failing_after == report.tests.broken == []
            assert sorted(report.tests.failing_before) == sorted(load(name).failing)
            options = [step.option for step in report.steps]
            assert options[-3:] == ["verify:suite", "verify:confirm", "submit"]


def test_what_cannot_be_repaired_is_deferred_with_a_hand_over(
    searched: dict[str, RunReport],
) -> None:
    for report in searched.values():
        if report.outcome is not Ended.FIXED:
            assert report.outcome is Ended.DEFERRED
            assert report.patch is None
            assert report.hand_over is not None
            assert report.hand_over.tried


def test_a_search_costs_no_tokens(searched: dict[str, RunReport]) -> None:
    assert all(r.cost.model_usd == 0 and r.cost.tokens.output == 0 for r in searched.values())


@pytest.mark.parametrize("name", names())
def test_a_scripted_model_repairs_it_after_a_wrong_and_a_test_weakening_patch(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = load(name)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    script = [
        bundled.wrong_reply(task),
        bundled.weakening_reply(task),
        bundled.reference_reply(task),
    ]
    with OpenAIServer([server.text(reply) for reply in script]) as endpoint:
        report = bundled.run(
            name, tmp_path, models=MODEL, price=(f"{MODEL}=1,4",), api_base=endpoint.url,
            search=False,
        )  # fmt: skip

        assert len(endpoint.requests) == 3
    assert report.outcome is Ended.FIXED, report.reason
    assert bundled.is_reference(task, report.patch or "")
    acts = [step for step in report.steps if step.action == "act"]
    assert [step.realised.verdict for step in acts] == ["reject", "reject", "accept"]
    assert "still fail" in acts[0].detail
    assert "refused" in acts[1].detail
    assert 0 < report.cost.model_usd <= 1
