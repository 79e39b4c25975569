"""From settings to a result: checks what was asked for, copies the repository in, opens the
trace, and starts the session. What is shown, and how, is left to the caller.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from fixit_runtime.agent import __version__
from fixit_runtime.agent.action.autonomy import in_force
from fixit_runtime.agent.action.belief_file import read as read_beliefs
from fixit_runtime.agent.action.estimator import NOTHING_FITTED
from fixit_runtime.agent.action.policies import policy
from fixit_runtime.agent.capital.records import encode
from fixit_runtime.agent.capital.resume import Earlier, earlier
from fixit_runtime.agent.capital.trace import FileTrace, find_run, new_run_id
from fixit_runtime.agent.config import Settings
from fixit_runtime.agent.deliver import check_delivery, check_run
from fixit_runtime.agent.demand.catalog import parse_models
from fixit_runtime.agent.demand.models import Call, LiteLLMGateway
from fixit_runtime.agent.demand.router import check_allowed
from fixit_runtime.agent.errors import EnvironmentFailed, UsageError
from fixit_runtime.agent.ledger import Ledger, Limits, Spend
from fixit_runtime.agent.report.conclude import Header, cut_short
from fixit_runtime.agent.report.progress import Progress
from fixit_runtime.agent.report.record import Ended
from fixit_runtime.agent.seams import Event
from fixit_runtime.agent.session import Done, Host, Session
from fixit_runtime.agent.supply.pricebook import ListPrices, parse_prices
from fixit_runtime.sandboxes.choose import choose
from fixit_runtime.sandboxes.interpreter import find_python
from fixit_runtime.sandboxes.listing import is_tracked
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools.detect import detect
from fixit_runtime.tools.repair.choice import TIER
from fixit_runtime.tools.repair.prior import UNTRAINED, Prior
from fixit_runtime.tools.repair.prior import read as read_order


def repository(path: Path) -> Path:
    """The folder to repair, resolved.

    Raises:
        UsageError: it is not there, is no folder, or cannot be read.
    """
    root = path.expanduser()
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise UsageError(f"{path} {what}", hint="name the folder of a repository, as in `fixit .`")
    if not os.access(root, os.R_OK | os.X_OK):
        raise UsageError(f"{path} cannot be read", hint="check the folder's permissions")
    return root.resolve()


def repair(root: Path, settings: Settings, progress: Progress, host: Host | None = None) -> Done:
    """Repair the repository at `root`, and deliver the patch where the settings say.

    Ctrl-C while it works ends in the outcome `interrupted`, with the sandbox closed and the
    trace sealed for --resume.

    Raises:
        UsageError: what was asked for cannot be done; nothing was spent.
        SandboxError: no sandbox of the kind asked for works here.
    """
    host = host or Host()
    chosen = policy(settings.policy)
    schedule = in_force(settings)
    check_run(schedule, host.ask)
    check_delivery(root, settings, schedule, person=host.ask is not None)
    check_allowed(_tiers(settings), settings.allow)
    prior = _order(settings)
    known = read_beliefs(settings.beliefs) if settings.beliefs else NOTHING_FITTED
    state_dir = state_folder(root, settings)
    past = _past(state_dir, settings)
    notes: list[str] = []

    def say(text: str) -> None:
        notes.append(text)
        progress.say(text)

    try:
        gateway = _gateway(settings, host)
        python = find_python(root, settings.python, host.environ, say)
        detected = detect(root, test=settings.test, junit=settings.junit)
        snapshot = Snapshot.of(root)
        make = choose(
            settings.sandbox,
            snapshot,
            python=python,
            image=settings.image,
            base_image=settings.base_image,
            ca_bundle=settings.ca_bundle,
            say=say,
        )
    except EnvironmentFailed as error:
        header = Header(settings.economy, "", "", "", tuple(notes), settings.limits)
        return Done(cut_short(Ended.ENVIRONMENT_FAILED, str(error), header, Spend()))
    if past is not None and past.tree != snapshot.digest():
        raise UsageError(
            "the repository has changed since that run, so its steps no longer hold",
            hint="start afresh without --resume",
        )
    inside = state_dir.resolve().is_relative_to(root.resolve())
    shipped = inside and is_tracked(root, str(state_dir.resolve().relative_to(root.resolve())))
    run_id = new_run_id(host.now(), secrets.token_hex(3))
    with FileTrace(state_dir, run_id, clock=host.now, environ=host.environ) as trace:
        ledger = Ledger(_limits(settings, past), past.spent if past else None)
        trace.append("run_start", _beginning(root, settings, snapshot, past), sync=True)
        if gateway is not None:
            gateway.on_call = partial(_note_call, trace, notes, say)
        session = Session(
            root, settings, chosen, host, say, progress, ledger, trace, notes,
            schedule=schedule, prior=prior, known=known, shipped_state=shipped,
        )  # fmt: skip
        with ExitStack() as stack:
            done = session.to_the_end(stack, make, detected, snapshot, gateway, past)
        ending: dict[str, object] = {"outcome": done.report.outcome, "reason": done.report.reason}
        if done.question is not None:
            ending["question"] = encode(done.question)
        trace.append("run_end", {**ending, "spent": encode(ledger.spent)}, sync=True)
    return done


def state_folder(root: Path, settings: Settings) -> Path:
    """Where runs and traces live."""
    return settings.state.expanduser().absolute() if settings.state else root / ".fixit"


def _order(settings: Settings) -> Prior | None:
    """What orders the candidates of the search tier; None for the weights that ship."""
    if settings.search_order == "untrained":
        return UNTRAINED
    return read_order(settings.search_weights) if settings.search_weights else None


def _tiers(settings: Settings) -> list[str]:
    """The search tier, and each model that the user named."""
    return [*([TIER] if settings.search else []), *parse_models(settings.models)]


def _gateway(settings: Settings, host: Host) -> LiteLLMGateway | None:
    """The way to the models that the user named, all checked before anything is spent."""
    models = parse_models(settings.models)
    if not models:
        return None
    prices = ListPrices(parse_prices(settings.price, settings.prices))
    gateway = LiteLLMGateway(prices, api_base=settings.api_base, clock=host.clock)
    for model in models:
        gateway.check(model)
    return gateway


def _limits(settings: Settings, past: Earlier | None) -> Limits:
    """The limits of this run. Money and risk count what earlier runs of it spent; one that goes
    on with an answer has its deadline anew, since the user came back to it."""
    limits = settings.limits
    if past is None or settings.answer is None:
        return limits
    return replace(limits, deadline_s=limits.deadline_s + past.spent.seconds)


def _past(state_dir: Path, settings: Settings) -> Earlier | None:
    """What the run to resume did.

    Raises:
        UsageError: there is no such run here, or it has ended.
    """
    if settings.resume is None:
        if settings.answer is not None:
            raise UsageError("--answer needs --resume", hint="add --resume RUN, or --resume last")
        return None

    def find(run: str) -> Sequence[Event]:
        return find_run(state_dir, run).events

    return earlier(find(settings.resume), settings.answer, find)


def _beginning(
    root: Path, settings: Settings, snapshot: Snapshot, past: Earlier | None
) -> dict[str, object]:
    return {
        "version": __version__,
        "repository": str(root),
        "tree": snapshot.digest(),
        "settings": settings.model_dump(mode="json"),
        "resumes": past.run if past else "",
        "spent": encode(past.spent if past else Spend()),
    }


def _note_call(
    trace: FileTrace, notes: Sequence[str], say: Callable[[str], None], call: Call
) -> None:
    """Into the trace; and into the receipt, once, where another model answered than was asked."""
    trace.append("llm", encode(call), sync=True)
    if call.note and call.note not in notes:
        say(call.note)
