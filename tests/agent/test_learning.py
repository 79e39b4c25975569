"""`fixit` decides by what earlier runs in its state folder, or a fit of the user's, tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fixit_runtime.agent.action.belief_file import read
from fixit_runtime.agent.capital.reading import REPAIRED
from fixit_runtime.agent.capital.records import encode
from fixit_runtime.agent.capital.trace import FileTrace, find_run
from fixit_runtime.agent.economy import Action, Verdict
from fixit_runtime.agent.ledger import Spend
from fixit_runtime.agent.seams import Booking, Candidate, Result, Stage, Suspect
from fixit_runtime.sandboxes.local import find_bwrap
from fixit_runtime.tools.edit import render
from tests import openai_server as server
from tests.bundled import BARE
from tests.cli import BUG, FIX, SHOP, Ran, fixit, git, write
from tests.openai_server import OpenAIServer

pytestmark = pytest.mark.skipif(find_bwrap() is None, reason="bubblewrap not installed")
BAD, GOOD = "openai/opus", "openai/haiku"
RIGHT = "The limit itself counts.\n\n" + render("shop/cart.py", BUG, FIX)
WRONG = RIGHT.replace(">=", "<")
FIT = Path(__file__).parents[2] / "benchmarks" / "fit_beliefs.py"


def record(state: Path, count: int, *, of: tuple[str, ...] = (BAD, GOOD)) -> None:
    """Traces of so many runs on as many tasks: BAD was rejected, and GOOD's patch was shown."""
    for n in range(count):
        trace = FileTrace(state, f"20200101T000000Z-{n:06d}", environ={})
        trace.append("run_start", {"repository": "/elsewhere", "tree": f"{n}", "settings": {}})
        informed = Result(Verdict.INFORMED, suspects=(Suspect("a.py", 1, 1.0),))
        _step(trace, Action.PLAN, "", informed)
        for tier in of:
            if tier == BAD:
                _step(trace, Action.ACT, tier, Result(Verdict.REJECT))
                continue
            made = Candidate(f"{tier}#{n}", tier, {}, stage=Stage.GREEN)
            _step(trace, Action.ACT, tier, Result(Verdict.ACCEPT, candidates=(made,)))
            trace.append("tool", {"name": REPAIRED, "candidate": made.id, "originals": {}})
        trace.append("run_end", {"outcome": "fixed"})
        trace.close()


def _step(trace: FileTrace, action: Action, tier: str, result: Result) -> None:
    spend, option = Spend(usd=0.01), f"{action}:{tier}"
    booking = Booking(0, option, action, tier, spend, result.verdict, 0, 0, 0, 0, 0, 0)
    trace.append("outcome", {"booking": encode(booking), "result": encode(result)})


def with_models(root: Path, url: str, *more: str | Path) -> Ran:
    """The dearer one is the one that has failed."""
    return fixit(
        root, "--sandbox", "local", "--test", BARE, "--format", "json", "--no-search",
        "--model", BAD, "--price", f"{BAD}=1,4", "--model", GOOD, "--price", f"{GOOD}=3,12",
        "--api-base", url, *more, env={"OPENAI_API_KEY": "sk-test-0123456789abcdef0123"},
    )  # fmt: skip


def asked(endpoint: OpenAIServer) -> list[object]:
    return [request.body["model"] for request in endpoint.requests]


def test_after_twenty_outcomes_the_menu_prefers_the_model_that_was_right_and_says_why(
    tmp_path: Path,
) -> None:
    root = write(tmp_path / "shop", SHOP)
    record(root / ".fixit", 20)
    with OpenAIServer([server.text(RIGHT)]) as endpoint:
        ran = with_models(root, endpoint.url)

        assert asked(endpoint) == ["haiku"]
    assert (ran.code, ran.json["outcome"]) == (0, "fixed"), ran.err
    notes = str(ran.json["notes"])
    assert f"{GOOD}: fitted/own of 20 attempts on 20 tasks, 20 right" in notes
    assert f"{BAD}: fitted/own of 20 attempts on 20 tasks, 0 right" in notes
    shown = fixit("trace", "show", "--repo", root).out
    assert "chances: fitted/own of 20 attempts on 20 tasks, 0 right" in shown
    first = next(e for e in find_run(root / ".fixit", "last").events if e.kind == "decision")
    assert str(first.data["estimators"]).count("fitted/own") == 2


def test_without_outcomes_the_cheaper_of_two_unknown_models_is_asked_and_nothing_is_claimed(
    tmp_path: Path,
) -> None:
    root = write(tmp_path, SHOP)
    with OpenAIServer([server.text(RIGHT)]) as endpoint:
        ran = with_models(root, endpoint.url)

        assert asked(endpoint) == ["opus"]
    assert "beliefs:" not in str(ran.json["notes"])
    decisions = [e for e in find_run(root / ".fixit", "last").events if e.kind == "decision"]
    assert "chances: assumed/1" in str(decisions[0].data["menu"])


def test_what_a_run_did_before_it_was_deferred_is_not_learned_twice_when_it_goes_on(
    tmp_path: Path,
) -> None:
    root = write(tmp_path, SHOP)
    patient = ("--latency-price", "0", "--allow", GOOD)
    with OpenAIServer([server.text(WRONG)] * 2 + [server.text(RIGHT)]) as endpoint:
        assert with_models(root, endpoint.url, *patient).json["outcome"] == "deferred"
        words = ("--resume", "last", "--answer", "whoever reaches the limit pays no delivery")
        again = with_models(root, endpoint.url, *patient, *words)

    assert again.json["outcome"] == "fixed", again.err
    assert "moved by" not in str(again.json["notes"])


def test_outcomes_that_the_repository_brings_along_are_not_believed(tmp_path: Path) -> None:
    root = write(tmp_path, SHOP)
    record(root / ".fixit", 20)
    git(root, "init", "-q")
    git(root, "add", "-f", ".")
    with OpenAIServer([server.text(RIGHT)]) as endpoint:
        ran = with_models(root, endpoint.url)

        assert asked(endpoint) == ["opus"]
    assert "git tracks the state folder" in str(ran.json["notes"])


def test_a_fit_of_ones_own_runs_is_used_where_it_is_named(tmp_path: Path) -> None:
    root, fit = write(tmp_path / "shop", SHOP), tmp_path / "beliefs.json"
    record(tmp_path / "state", 25)
    made = subprocess.run(
        [sys.executable, FIT, "--runs", tmp_path / "state", "--write", fit, "--version", "mine/1"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"{GOOD:32}       25     25         0" in made.stdout
    with OpenAIServer([server.text(RIGHT)]) as endpoint:
        ran = with_models(root, endpoint.url, "--beliefs", fit)

        assert asked(endpoint) == ["haiku"]
    assert f"mine/1; {BAD}: mine/1 of 25 outcomes" in str(ran.json["notes"])
    assert read(fit).model.version == "mine/1"


def test_too_few_runs_are_no_fit_and_the_script_says_how_many_it_takes(tmp_path: Path) -> None:
    record(tmp_path, 3)
    made = subprocess.run(
        [sys.executable, FIT, "--runs", tmp_path], capture_output=True, text=True, check=False
    )

    assert made.returncode == 1
    assert "20 tasks" in made.stderr
    assert "the most is 3" in made.stderr


@pytest.mark.parametrize("text", ["{}", '{"schema": "fixit.beliefs/2"}', "no json"])
def test_a_file_that_holds_no_beliefs_is_one_clear_message(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text)
    ran = fixit(write(tmp_path / "shop", SHOP), env={"FIXIT_BELIEFS": str(path)})

    assert ran.code == 2
    assert "mine.json gives no beliefs" in ran.err
    assert "fit_beliefs.py" in ran.err
    assert "Traceback" not in ran.err


def test_what_the_search_tier_did_is_learned_from_too(tmp_path: Path) -> None:
    root = write(tmp_path, SHOP)
    local = ("--sandbox", "local", "--test", BARE, "--format", "json")
    dear = (*local, "--latency-price", "1e7")  # nothing is bought, and the menu is shown
    first, second = fixit(root, *local), fixit(root, *dear)
    third = fixit(root, *dear, env={"FIXIT_LEARN": "false"})

    assert (first.json["outcome"], second.json["outcome"]) == ("fixed", "deferred")
    assert "search: assumed/1 moved by 1 attempt on 1 task, 1 right" in str(second.json["notes"])
    assert "beliefs:" not in str([first.json["notes"], third.json["notes"]])
    chances = [json.loads(ran.out)["menu"]["tiers"][0]["quality"] for ran in (first, second, third)]
    assert chances[1] > chances[0] == chances[2]
