"""`fixit`: parse, wire, show. stdout is the answer, stderr the progress.

Exit codes: 0 the tests pass (fixed, or nothing was failing); 1 deferred or flaky; 2 usage or
configuration; 3 the environment failed; 130 interrupted (resumable). A crash is never 0.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from fixit_runtime.agent import __version__
from fixit_runtime.agent.ending import end as _exit
from fixit_runtime.agent.task_commands import tasks_app

EPILOG = (
    "Exit codes: 0 tests pass; 1 deferred (hand-over printed) or only flaky tests; 2 usage; "
    "3 environment failed; 130 interrupted, resume with --resume RUN."
)


class DefaultRun(TyperGroup):
    """`fixit FOLDER` means `fixit run FOLDER`; `./bench` reaches a folder named like a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {"--help", "--version", "--install-completion", "--show-completion"}
        if not ctx.resilient_parsing and (not args or args[0] not in own | set(self.commands)):
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=DefaultRun,
    add_completion=True,
    no_args_is_help=False,
    rich_markup_mode=None,
    epilog=EPILOG,
    pretty_exceptions_enable=False,
    help="Repair a repository with failing tests, spending each step only while it is worth it.",
)
trace_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at the traces of earlier runs."
)
app.add_typer(trace_app, name="trace")
app.add_typer(tasks_app, name="tasks")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fixit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


Opt = typer.Option


@app.command(epilog=EPILOG)
def run(
    repo: Annotated[Path, typer.Argument(help="The repository to repair.")] = Path(),
    test: Annotated[str | None, Opt(help="Command that runs the tests.")] = None,
    failing: Annotated[list[str] | None, Opt(help="A failing test's node id (repeatable).")] = None,
    junit: Annotated[Path | None, Opt(help="JUnit XML that names the failing tests.")] = None,
    model: Annotated[
        list[str] | None, Opt(help="A model that may be used, by its LiteLLM name (repeatable).")
    ] = None,
    price: Annotated[
        list[str] | None, Opt(help="MODEL=IN,OUT in USD per million tokens (repeatable).")
    ] = None,
    search: Annotated[
        bool | None, Opt("--search/--no-search", help="Use the search tier (yes).")
    ] = None,
    allow: Annotated[
        list[str] | None, Opt(help="Use only this tier: search, or a named model (repeatable).")
    ] = None,
    api_base: Annotated[str | None, Opt(help="Endpoint for the named models.")] = None,
    value: Annotated[float | None, Opt(help="What a right fix is worth, USD (5).")] = None,
    max_cost: Annotated[
        float | None, Opt(help="Hard cap on spending, USD (1 where models are named).")
    ] = None,
    deadline: Annotated[float | None, Opt(help="Hard limit on time, seconds (900).")] = None,
    latency_price: Annotated[float | None, Opt(help="Price of waiting, USD per hour (10).")] = None,
    risk_price: Annotated[
        float | None, Opt(help="Price of a wrong patch shown, USD (4 x value).")
    ] = None,
    max_risk: Annotated[
        float | None, Opt(help="Hard cap on the chance of showing a wrong patch, 0 to 1.")
    ] = None,
    sandbox: Annotated[str | None, Opt(help="auto, docker, local or unsafe-local.")] = None,
    image: Annotated[str | None, Opt(help="Docker image to run the tests in.")] = None,
    base_image: Annotated[
        str | None, Opt(help="Docker image to build the tests' image on (python:X-slim).")
    ] = None,
    python: Annotated[Path | None, Opt(help="Interpreter that runs the tests.")] = None,
    apply: Annotated[bool | None, Opt("--apply", help="Write the fix into the tree.")] = None,
    allow_dirty: Annotated[
        bool | None, Opt("--allow-dirty", help="Let --apply write beside uncommitted changes.")
    ] = None,
    branch: Annotated[str | None, Opt(help="Commit the fix on this new branch.")] = None,
    commit: Annotated[bool | None, Opt("--commit", help="Commit the fix.")] = None,
    output: Annotated[Path | None, Opt(help="Write the patch to this file.")] = None,
    format: Annotated[str | None, Opt(help="text or json.")] = None,
    state: Annotated[Path | None, Opt(help="Folder for runs and traces (REPO/.fixit).")] = None,
    resume: Annotated[
        str | None, Opt(help="Go on with this interrupted run, or answer this deferred one.")
    ] = None,
    answer: Annotated[
        str | None, Opt(help="Your answer to the question of the deferred run.")
    ] = None,
    beliefs: Annotated[
        Path | None, Opt(help="Your own fit of how well tiers do (see README).")
    ] = None,
    policy: Annotated[
        str | None,
        Opt(
            help="What chooses the steps (index). Peers, for comparison: literal, best-single, "
            "cheapest, most-accurate, random, fixed-cascade, frugal, pre-run-router, pipeline."
        ),
    ] = None,
    seed: Annotated[int | None, Opt(help="Seed of every random choice (0).")] = None,
    allow_test_edits: Annotated[
        bool | None, Opt("--allow-test-edits", help="Let patches edit tests and their settings.")
    ] = None,
    autonomy_file: Annotated[
        Path | None, Opt(help="TOML with your own autonomy schedule (see `doctor --autonomy`).")
    ] = None,
) -> None:
    """Find the failing tests of REPO and repair them in a sandbox."""
    flags = {
        "test": test, "failing": tuple(failing or ()), "junit": junit,
        "models": ",".join(model or ()) or None, "price": tuple(price or ()), "api_base": api_base,
        "search": search, "allow": tuple(allow or ()),
        "value": value, "max_cost": max_cost, "deadline": deadline,
        "latency_price": latency_price, "risk_price": risk_price, "sandbox": sandbox,
        "image": image, "base_image": base_image, "python": python, "apply": apply,
        "allow_dirty": allow_dirty,
        "branch": branch, "commit": commit, "output": output, "format": format, "state": state,
        "resume": resume, "answer": answer, "max_risk": max_risk, "policy": policy, "seed": seed,
        "allow_test_edits": allow_test_edits, "autonomy_file": autonomy_file, "beliefs": beliefs,
    }  # fmt: skip
    _exit(lambda: _repair(repo, flags))


@app.command()
def demo(
    keep: Annotated[Path | None, Opt(help="Put the repository here, not in a temp folder.")] = None,
    format: Annotated[str | None, Opt(help="text or json.")] = None,
) -> None:
    """Repair a bundled failing repository: no key, no Docker, no network."""
    _exit(lambda: _demo(keep, format))


@app.command()
def doctor(
    repo: Annotated[Path, typer.Argument(help="The repository whose settings count.")] = Path(),
    sandbox: Annotated[str | None, Opt(help="auto, docker, local or unsafe-local.")] = None,
    image: Annotated[str | None, Opt(help="Docker image to try the Docker sandbox on.")] = None,
    python: Annotated[Path | None, Opt(help="Interpreter for the local sandbox.")] = None,
    clean: Annotated[
        bool, Opt("--clean", help="Only remove what runs that crashed have left behind.")
    ] = False,
    autonomy: Annotated[
        bool, Opt("--autonomy", help="Only print what each class of action needs and costs.")
    ] = False,
    autonomy_file: Annotated[Path | None, Opt(help="TOML with your own schedule.")] = None,
    format: Annotated[str | None, Opt(help="text or json.")] = None,
) -> None:
    """Try every attack on the sandboxes here, and say what they hold and what to install."""
    flags = {"sandbox": sandbox, "image": image, "python": python, "format": format}
    if autonomy:
        _exit(lambda: _autonomy(repo, {**flags, "autonomy_file": autonomy_file}))
    _exit(lambda: _clean() if clean else _doctor(repo, flags))


@trace_app.command("list")
def trace_list(
    repo: Annotated[Path, typer.Argument(help="The repository whose runs to list.")] = Path(),
    state: Annotated[Path | None, Opt(help="Folder for runs and traces.")] = None,
) -> None:
    """List the runs of REPO, newest first."""
    _exit(lambda: _trace_list(repo, state))


@trace_app.command("show")
def trace_show(
    run: Annotated[str, typer.Argument(help="A run id, 'last', or a trace file.")] = "last",
    repo: Annotated[Path, Opt(help="The repository of the run.")] = Path(),
    state: Annotated[Path | None, Opt(help="Folder for runs and traces.")] = None,
) -> None:
    """Show every decision of a run: the menu, the scores, the forecast beside the outcome."""
    _exit(lambda: _trace_show(run, repo, state))


def _repair(repo: Path, flags: dict[str, Any], *, offer: bool = True) -> int:
    """`offer`: whether a person at the terminal is asked to have the fix written."""
    from fixit_runtime.agent.config import load
    from fixit_runtime.agent.report.progress import Progress
    from fixit_runtime.agent.report.text import render
    from fixit_runtime.agent.session import Host
    from fixit_runtime.agent.wiring import repair, repository

    root = repository(repo)
    settings = load(root, flags)
    done = repair(root, settings, Progress(), Host(ask=_asker(settings.format) if offer else None))
    report = done.report
    sys.stdout.write(report.to_json() + "\n" if settings.format == "json" else render(report))
    sys.stdout.flush()
    if done.failure is not None:
        raise done.failure
    return report.outcome.exit_code


def _asker(format: str) -> Callable[[str], bool] | None:
    """A way to ask the person at the terminal; None where there is none, as in CI."""
    import os

    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if format != "text" or not terminal or os.environ.get("CI"):
        return None
    return lambda question: typer.confirm(question, default=False, err=True)


def _demo(keep: Path | None, format: str | None) -> int:
    import tempfile

    from fixit_runtime.tasks.bundle import DEMO_TASK, copy_repository, load

    folder = keep or Path(tempfile.mkdtemp(prefix="fixit-demo-"))
    root = copy_repository(load(DEMO_TASK), folder / DEMO_TASK)
    sys.stderr.write(f"fixit: a failing repository, for you to look at: {root}\n")
    return _repair(root, {"sandbox": "local", "format": format}, offer=False)


def _doctor(repo: Path, flags: dict[str, Any]) -> int:
    import os

    from fixit_runtime.agent.config import load
    from fixit_runtime.agent.report.doctor import diagnose, render, to_json
    from fixit_runtime.agent.report.progress import Progress
    from fixit_runtime.agent.wiring import repository

    root = repository(repo)
    settings = load(root, flags)
    diagnosis = diagnose(root, settings, os.environ, say=Progress().say)
    sys.stdout.write(to_json(diagnosis) + "\n" if settings.format == "json" else render(diagnosis))
    return diagnosis.exit_code


def _autonomy(repo: Path, flags: dict[str, Any]) -> int:
    from fixit_runtime.agent.action.autonomy import in_force
    from fixit_runtime.agent.config import load
    from fixit_runtime.agent.report.schedule import render, to_json
    from fixit_runtime.agent.wiring import repository

    settings = load(repository(repo), flags)
    schedule, prices = in_force(settings), settings.economy
    text = to_json(schedule, prices) if settings.format == "json" else render(schedule, prices)
    sys.stdout.write(text)
    return 0


def _clean() -> int:
    from fixit_runtime.sandboxes.clean import clean

    removed = clean()
    sys.stdout.write("".join(f"removed {what}\n" for what in removed) or "nothing was left\n")
    return 0


def _trace_list(repo: Path, state: Path | None) -> int:
    from fixit_runtime.agent.report.traces import listing

    sys.stdout.write(listing(state or repo / ".fixit"))
    return 0


def _trace_show(run: str, repo: Path, state: Path | None) -> int:
    from fixit_runtime.agent.report.traces import shown

    sys.stdout.write(shown(state or repo / ".fixit", run))
    return 0


def main() -> None:
    """The console script. SIGTERM ends a run the way Ctrl-C does: clean and resumable."""
    signal.signal(signal.SIGTERM, _terminated)
    app(prog_name="fixit")


def _terminated(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
