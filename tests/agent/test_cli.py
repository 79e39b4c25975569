"""`fixit` as a person meets it: verdicts, exit codes, what is written and what is left alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from fixit_runtime.agent.action.policies import POLICIES
from fixit_runtime.sandboxes.local import find_bwrap
from fixit_runtime.tools.edit import render
from tests import openai_server as server
from tests.bundled import BARE
from tests.cli import BUG, COMMAND, FIX, GREEN, QUIET, SHOP, Ran, fixit, git, tree, write
from tests.openai_server import MODEL, OpenAIServer

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap not installed")
FOUND = ("--sandbox", "local")  # the tests are found without being told
LOCAL = (*FOUND, "--test", BARE)


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes], Ran]:
    """One repository repaired once; the tests of this module look at it from many sides."""
    find_bwrap()
    root = write(tmp_path_factory.mktemp("shop"), SHOP)
    before = tree(root)
    return root, before, fixit(root, *LOCAL, "--format", "json")


def test_a_red_repository_gets_a_patch_that_was_seen_to_pass(
    repaired: tuple[Path, dict[str, bytes], Ran],
) -> None:
    _, _, ran = repaired

    assert ran.code == 0, ran.err
    assert ran.json["outcome"] == "fixed"
    assert f"-{BUG}+{FIX}" in ran.json["patch"]
    assert ran.json["tests"]["failing_after"] == ran.json["tests"]["broken"] == []
    assert len(ran.json["tests"]["failing_before"]) == 2


def test_the_result_has_the_documented_fields(
    repaired: tuple[Path, dict[str, bytes], Ran],
) -> None:
    result = repaired[2].json

    assert result["schema"] == "fixit.result/1"
    assert {
        "outcome", "patch", "p_correct", "tests", "cost", "prices", "steps", "run_id", "trace",
        "reason",
    } <= result.keys()  # fmt: skip
    assert set(result["cost"]["tokens"]) == {
        "input", "cache_read", "cache_write", "output", "reasoning"
    }  # fmt: skip
    assert result["cost"]["tokens"]["output"] == 0
    assert 0.8 <= result["p_correct"] <= 1
    assert result["cost"]["usd"] > 0
    assert result["prices"]["value_usd"] == 5.0


def test_the_users_files_are_as_they_were(repaired: tuple[Path, dict[str, bytes], Ran]) -> None:
    root, before, _ = repaired

    assert tree(root) == before


def test_at_least_five_decisions_of_three_kinds_stand_in_the_trace(
    repaired: tuple[Path, dict[str, bytes], Ran],
) -> None:
    root, _, ran = repaired
    shown = fixit("trace", "show", ran.json["run_id"], "--repo", root)

    kinds = [step["action"] for step in ran.json["steps"]]
    assert len(kinds) >= 5
    assert {"plan", "act", "verify", "submit"} <= set(kinds)
    assert shown.code == 0
    assert shown.out.count("=>") == len(kinds)
    assert "P(accept)" in shown.out
    assert "forecast" in shown.out


def test_the_run_is_listed(repaired: tuple[Path, dict[str, bytes], Ran]) -> None:
    root, _, ran = repaired

    listed = fixit("trace", "list", root)

    assert ran.json["run_id"] in listed.out
    assert "fixed" in listed.out


def test_progress_goes_to_stderr_and_names_the_sandbox(
    repaired: tuple[Path, dict[str, bytes], Ran],
) -> None:
    err = repaired[2].err

    assert "sandbox: local (bubblewrap)" in err
    assert "plan:localise" in err
    assert "submit" in err


def test_the_patch_applies_with_git(
    repaired: tuple[Path, dict[str, bytes], Ran], tmp_path: Path
) -> None:
    copy = write(tmp_path / "copy", SHOP)
    git(copy, "init", "-q")
    (copy / "fix.patch").write_text(repaired[2].json["patch"])

    git(copy, "apply", "fix.patch")

    assert FIX in (copy / "shop/cart.py").read_text()


def test_text_output_has_verdict_diff_and_receipt(tmp_path: Path) -> None:
    ran = fixit(write(tmp_path / "räksmörgås och te", SHOP), *LOCAL)

    assert ran.code == 0, ran.err
    assert ran.out.startswith("FIXED: 2 failing tests now pass")
    assert f"+{FIX}" in ran.out
    assert "Receipt" in ran.out
    assert "prices: fix $5.00, wrong patch $20.00" in ran.out


def test_a_green_repository_is_nothing_to_fix(tmp_path: Path) -> None:
    ran = fixit(write(tmp_path, GREEN), *FOUND, "--format", "json")

    assert (ran.code, ran.json["outcome"]) == (0, "nothing_to_fix")


def test_prices_too_high_defer_at_once_and_say_so(tmp_path: Path) -> None:
    ran = fixit(write(tmp_path, SHOP), *LOCAL, "--latency-price", "1e7", "--format", "json")

    assert (ran.code, ran.json["outcome"]) == (1, "deferred")
    assert [step["option"] for step in ran.json["steps"]] == ["defer"]
    assert "not worth its price" in ran.json["reason"]
    assert ran.json["patch"] is None
    assert ran.json["hand_over"]["go_on_value_usd"] > 5


def test_a_test_that_fails_now_and_then_is_flaky_not_failing(tmp_path: Path) -> None:
    flaky = """
        from pathlib import Path


        def test_every_other_time():
            count = Path(__file__).with_name("count.txt")
            runs = len(count.read_text()) if count.exists() else 0
            count.write_text("x" * (runs + 1))
            assert runs % 2
    """
    ran = fixit(write(tmp_path, {"tests/test_clock.py": flaky}), *LOCAL, "--format", "json")

    assert (ran.code, ran.json["outcome"]) == (1, "flaky")
    assert ran.json["tests"]["flaky"] == ["tests/test_clock.py::test_every_other_time"]
    assert ran.json["patch"] is None


def test_apply_writes_the_fix_into_a_clean_tree(tmp_path: Path) -> None:
    root = write(tmp_path, SHOP)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "start")

    ran = fixit(root, *LOCAL, "--apply", "--output", tmp_path.parent / "fix.patch")

    assert ran.code == 0, ran.err
    assert git(root, "diff", "--stat").count("cart.py") == 1
    assert FIX in (root / "shop/cart.py").read_text()
    assert f"+{FIX}" in (tmp_path.parent / "fix.patch").read_text()


def test_apply_beside_uncommitted_changes_is_refused_before_anything_is_spent(
    tmp_path: Path,
) -> None:
    root = write(tmp_path, SHOP)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "start")
    (root / "shop/cart.py").write_text((root / "shop/cart.py").read_text() + "# mine\n")
    before = tree(root)

    ran = fixit(root, *LOCAL, "--apply")

    assert ran.code == 2
    assert "shop/cart.py" in ran.err
    assert "--allow-dirty" in ran.err
    assert tree(root) == before
    assert not (root / ".fixit").exists()


def test_branch_and_commit_leave_tree_and_branch_alone(tmp_path: Path) -> None:
    root = write(tmp_path, SHOP)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "start")
    before = tree(root)

    ran = fixit(root, *LOCAL, "--branch", "fix/cart", "--commit")

    assert ran.code == 0, ran.err
    assert tree(root) == before
    assert git(root, "branch", "--show-current").strip() == "main"
    assert git(root, "diff", "--name-only", "main", "fix/cart").split() == ["shop/cart.py"]


def test_ctrl_c_leaves_a_resumable_run_and_no_process(tmp_path: Path) -> None:
    slow = SHOP["tests/test_cart.py"].replace(
        "def test_cheapest():", "def test_cheapest():\n            __import__('time').sleep(0.4)"
    )
    root = write(tmp_path, {**SHOP, "tests/test_cart.py": slow})
    marker = f"fixit-test-{os.getpid()}-{time.time_ns()}"
    run = subprocess.Popen(
        [*COMMAND, str(root), *LOCAL, "--format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **QUIET, "MARKER": marker},
    )  # fmt: skip
    assert run.stderr is not None
    for line in run.stderr:
        if line.split()[1:2] == ["act:search"]:
            run.send_signal(signal.SIGINT)
            break
    out, err = run.communicate(timeout=60)

    assert run.returncode == 130, err
    assert '"outcome": "interrupted"' in out
    run_id = Ran(130, out, err).json["run_id"]
    assert f"--resume {run_id}" in out
    assert _processes_below(run.pid) == []

    again = fixit(root, *LOCAL, "--resume", run_id, "--format", "json")
    assert (again.code, again.json["outcome"]) == (0, "fixed"), again.err
    assert again.json["steps"][0]["option"] == "plan:localise"
    assert again.err.count("plan:localise") == 0  # it was done before the interruption


def _processes_below(pid: int) -> list[str]:
    """Command lines of living processes whose parent was this one, or in its session."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if pid in (int(stat[1]), int(stat[3])):
                found.append((folder / "cmdline").read_text())
    return found


def test_a_finished_run_cannot_be_resumed(repaired: tuple[Path, dict[str, bytes], Ran]) -> None:
    root, _, ran = repaired

    again = fixit(root, *LOCAL, "--resume", ran.json["run_id"])

    assert again.code == 2
    assert "has ended" in again.err


TICKETS = {
    "shop/__init__.py": "",
    "shop/ticket.py": """
        def price(age):
            if age < 6:
                return 0
            if age > 65:
                return 5
            return 8
    """,
    "tests/test_ticket.py": """
        from shop.ticket import price


        def test_a_child_of_six_is_free():
            assert price(6) == 0


        def test_grown_ups_pay_and_the_old_pay_less():
            assert price(30) == 8
            assert price(70) == 5
    """,
    "pyproject.toml": SHOP["pyproject.toml"],
}


def test_a_run_with_rival_fixes_asks_and_goes_on_with_the_answer(tmp_path: Path) -> None:
    root = write(tmp_path, TICKETS)  # free up to 6 (<=), or below 7: the tests cannot tell
    haste = ("--latency-price", "40", "--risk-price", "40", "--format", "json")  # P ≥ 0.89 then

    ran = fixit(root, *LOCAL, *haste)
    hand, run = ran.json["hand_over"], ran.json["run_id"]
    assert (ran.code, ran.json["outcome"]) == (1, "deferred"), ran.err
    assert hand["best_p_correct"] < 0.89
    assert hand["question"]
    assert hand["answer_worth_usd"] is not None
    unanswered = fixit(root, *LOCAL, "--resume", run)
    assert unanswered.code == 2
    assert "--answer" in unanswered.err

    yes = fixit(root, *LOCAL, *haste, "--resume", run, "--answer", hand["answers"][0].split()[0])
    assert (yes.code, yes.json["outcome"]) == (0, "fixed"), yes.err
    assert yes.json["p_correct"] > hand["best_p_correct"]
    assert yes.json["patch"] == hand["best_patch"]
    options = [step["option"] for step in yes.json["steps"]]
    assert options[-3:] == ["verify:suite", "verify:confirm", "submit"]
    assert options.index("defer") == len(ran.json["steps"]) - 1

    told = fixit("trace", "show", yes.json["run_id"], "--repo", root).out
    assert f"goes on with {run}" in told
    assert hand["question"] in told


def test_a_command_that_is_not_pytest_is_judged_by_its_exit_code(tmp_path: Path) -> None:
    check = "from shop.cart import total\nassert total([50]) == 50, total([50])\n"
    root = write(tmp_path, {**SHOP, "check.py": check})

    ran = fixit(root, *FOUND, "--test", "python check.py", "--deadline", "15", "--format", "json")

    assert ran.json["tests"]["failing_before"] == ["command"]
    assert ran.json["outcome"] in ("fixed", "deferred")
    assert ran.code == (0 if ran.json["outcome"] == "fixed" else 1)


# --------------------------------------------------------------------------- bad input


def test_the_autonomy_schedule_is_printed_as_it_is_in_force_here(tmp_path: Path) -> None:
    (tmp_path / "fixit.toml").write_text('[autonomy]\nwrite-tree = "both"\n')

    ran = fixit("doctor", tmp_path, "--autonomy", "--format", "json")
    text = fixit("doctor", tmp_path, "--autonomy").out

    assert ran.code == 0, ran.err
    assert ran.json["classes"]["write-tree"]["needs"] == "both"
    assert ran.json["classes"]["push"]["needs"] == "flag"
    assert "a flag and a yes at the terminal" in text


def test_no_such_folder(tmp_path: Path) -> None:
    ran = fixit(tmp_path / "nowhere")

    assert ran.code == 2
    assert "nowhere does not exist" in ran.err
    assert ran.out == ""


def test_a_folder_without_tests_says_what_to_do(tmp_path: Path) -> None:
    ran = fixit(write(tmp_path, {"a.py": "x = 1\n"}), *FOUND)

    assert ran.code == 3
    assert "--test" in ran.out + ran.err


def test_a_dependency_that_the_sandbox_lacks_is_named(tmp_path: Path) -> None:
    test = "import no_such_package_anywhere\n\ndef test_a():\n    assert False\n"
    ran = fixit(write(tmp_path, {"tests/test_a.py": test}), *FOUND)

    assert ran.code == 3
    assert "no_such_package_anywhere" in ran.out
    assert "--python" in ran.out or "pip install" in ran.out


def test_tests_that_cannot_be_collected(tmp_path: Path) -> None:
    files = {
        "pytest.ini": "[pytest]\naddopts = --no-such-option\n",
        "test_a.py": "def test_a(): 1/0",
    }
    ran = fixit(write(tmp_path, files), *FOUND, "--format", "json")

    assert ran.code == 3
    assert ran.json["outcome"] == "environment_failed"
    assert "no-such-option" in ran.json["reason"]


def test_a_failing_test_that_does_not_exist_is_named(tmp_path: Path) -> None:
    ran = fixit(write(tmp_path, SHOP), *LOCAL, "--failing", "tests/test_cart.py::test_nope")

    assert ran.code == 2
    assert "test_nope" in ran.err


@pytest.mark.parametrize(
    ("arguments", "env", "texts"),
    [
        (["--model", "nosuchprovider/nosuchmodel"], {}, ["nosuchprovider/nosuchmodel"]),
        (["--model", "openai/gpt-4o-mini"], {}, ["OPENAI_API_KEY"]),
        (
            ["--model", "openai/my-own-finetune"],
            {"OPENAI_API_KEY": "x"},
            ["openai/my-own-finetune", "--price"],
        ),
        (["--policy", "nonsense"], {}, ["nonsense", "index"]),
        (["--value", "-3"], {}, ["value"]),
        (["--sandbox", "none"], {}, ["sandbox"]),
        (["--python", "/no/such/python"], {}, ["/no/such/python"]),
        (["--resume", "20200101T000000Z-abc"], {}, ["20200101T000000Z-abc"]),
        (["--branch", "b", "--commit"], {}, ["git"]),
        (["--answer", "yes"], {}, ["--resume"]),
        (["--max-risk", "2"], {}, ["max-risk"]),
    ],
    ids=lambda x: " ".join(x)[:40] if isinstance(x, list) else "",
)
def test_a_setting_that_cannot_be_used_is_one_clear_message(
    tmp_path: Path, arguments: list[str], env: dict[str, str], texts: list[str]
) -> None:
    root = write(tmp_path, SHOP)
    ran = fixit(root, *arguments, env=env)

    assert ran.code == 2, ran.out + ran.err
    assert ran.out == ""
    for text in texts:
        assert text in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.strip().splitlines()) <= 6


def test_without_bubblewrap_the_local_sandbox_names_the_package(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    root = write(tmp_path / "repo", SHOP)

    ran = fixit(root, *LOCAL, env={"PATH": str(tmp_path / "bin")})

    assert ran.code == 3
    assert "bubblewrap" in ran.out + ran.err


def test_a_read_only_repository_is_repaired_with_its_state_elsewhere(tmp_path: Path) -> None:
    root = write(tmp_path / "repo", SHOP)
    (root / ".fixit").write_text("a file stands where the folder would be\n")

    refused = fixit(root, *LOCAL)
    ran = fixit(root, *LOCAL, "--state", tmp_path / "state", "--format", "json")

    assert refused.code == 3
    assert "--state" in refused.err
    assert (ran.code, ran.json["outcome"]) == (0, "fixed"), ran.err


# --------------------------------------------------------------------------- models over HTTP

RIGHT = "The limit itself counts.\n\n" + render("shop/cart.py", BUG, FIX)
WRONG = RIGHT.replace(">=", "<")
WEAKER = "The tests are wrong.\n\n" + render(
    "tests/test_cart.py", "    assert total([20, 30]) == 50\n", "    assert total([20, 30])\n"
)


def with_model(root: Path, url: str, *more: str) -> Ran:
    return fixit(
        root, *LOCAL, "--model", MODEL, "--price", f"{MODEL}=1,4", "--api-base", url,
        "--format", "json", *more, env={"OPENAI_API_KEY": "sk-test-0123456789abcdef0123"},
    )  # fmt: skip


def test_a_cap_below_the_price_of_one_call_means_no_call(tmp_path: Path) -> None:
    with OpenAIServer([server.text(RIGHT)]) as endpoint:
        ran = with_model(write(tmp_path, SHOP), endpoint.url, "--max-cost", "0.0005")

        assert endpoint.requests == []
    assert ran.json["cost"]["model_usd"] == 0


def test_a_receipt_says_so_where_another_model_answered_than_was_asked(tmp_path: Path) -> None:
    other = server.text(RIGHT, model="scripted-mini")
    with OpenAIServer([other] * 3) as endpoint:
        ran = with_model(write(tmp_path, SHOP), endpoint.url, "--no-search", "--latency-price", "0")

    assert ran.json["outcome"] == "fixed", ran.err
    told = [note for note in ran.json["notes"] if "scripted-mini answered" in note]
    assert told == [f"{MODEL} was asked, but its provider says that scripted-mini answered"]
    assert ran.json["regret"]["expected_usd"] >= 0


def test_an_answer_in_free_words_reaches_a_model_that_had_given_up(tmp_path: Path) -> None:
    root = write(tmp_path, SHOP)
    patient = ("--no-search", "--latency-price", "0")
    with OpenAIServer([server.text(WRONG)] * 2 + [server.text(RIGHT)]) as endpoint:
        ran = with_model(root, endpoint.url, *patient)
        words = ("--resume", "last", "--answer", "whoever reaches the limit pays no delivery")
        again = with_model(root, endpoint.url, *patient, *words)

        assert ran.json["outcome"] == "deferred"
        assert "in your words?" in ran.json["hand_over"]["question"]
        assert "repeats itself" in str(ran.json["hand_over"]["tried"])
        assert "reaches the limit pays no delivery" in str(endpoint.requests[-1])
    assert (again.code, again.json["outcome"]) == (0, "fixed"), again.err
    assert "goes to the models" in str(again.json["notes"])


def test_an_endpoint_that_fails_does_not_stop_the_free_tier(tmp_path: Path) -> None:
    with OpenAIServer([server.failure(500)] * 20) as endpoint:
        ran = with_model(write(tmp_path, SHOP), endpoint.url, "--latency-price", "0")

    assert ran.code == 0, ran.err
    assert FIX in ran.json["patch"]


def test_no_key_reaches_trace_or_output(tmp_path: Path) -> None:
    root = write(tmp_path, SHOP)
    with OpenAIServer([server.text(WRONG), server.text(WEAKER), server.text(RIGHT)]) as endpoint:
        ran = with_model(root, endpoint.url)

    written = b"".join(p.read_bytes() for p in (root / ".fixit").rglob("*") if p.is_file())
    assert b"0123456789abcdef0123" not in written
    assert "0123456789abcdef0123" not in ran.out + ran.err


def test_help_names_every_policy_that_there_is(tmp_path: Path) -> None:
    shown = "".join(fixit(tmp_path, "--help").out.split())  # lines may break at a hyphen

    assert [name for name in POLICIES if name not in shown] == []


def test_a_tier_that_is_allowed_but_not_there_is_refused_before_anything_runs(
    tmp_path: Path,
) -> None:
    ran = fixit(tmp_path, "--allow", "openai/gpt")

    assert ran.code == 2
    assert "there is no tier openai/gpt" in ran.err
