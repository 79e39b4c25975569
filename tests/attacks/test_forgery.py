"""Candidates that forge a pass do not come to be called fixed, in either sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixit_runtime.agent.action.forgery import (
    BARE,
    FACTS,
    FORGERIES,
    LIMITS,
    REPOSITORY,
    Forgery,
    stopped,
    try_forgeries,
)
from fixit_runtime.agent.action.worker_attacks import RIGHT, WORKER_ATTACKS, try_worker
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.attacks import Held
from fixit_runtime.tools.judge import judge
from fixit_runtime.tools.protect import refuse

from .conftest import KINDS, new_sandbox

UNNAMED = [f for f in FORGERIES if not refuse(f.candidate(), REPOSITORY, allow_test_edits=False)]
ONLY_THE_CANARY_KNOWS = ("patching pytest unnamed", "replacing the tests", "writing the report")


@pytest.fixture(params=KINDS, scope="module")
def places(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Sandbox, Callable[[], Sandbox]]]:
    """A started sandbox on the repository that is attacked, and a way to new ones."""
    root: Path = tmp_path_factory.mktemp("shop")
    for path, text in REPOSITORY.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    sandbox = new_sandbox(request.param, root)
    sandbox.start()
    try:
        yield sandbox, lambda: new_sandbox(request.param, root)
    finally:
        sandbox.close()


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name.replace(" ", "-"))
def test_a_forged_pass_is_not_called_fixed(
    forgery: Forgery, places: tuple[Sandbox, Callable[[], Sandbox]]
) -> None:
    (finding,) = try_forgeries(*places, [forgery])
    assert finding.held is Held.YES, finding.seen
    if forgery.name in ONLY_THE_CANARY_KNOWS:
        assert "made to fail" in finding.seen


def test_the_right_repair_is_called_fixed(
    places: tuple[Sandbox, Callable[[], Sandbox]],
) -> None:
    assert stopped(RIGHT, *places) == ""


@pytest.mark.parametrize("name", ONLY_THE_CANARY_KNOWS)
def test_without_the_canary_these_would_have_been_called_fixed(
    name: str, places: tuple[Sandbox, Callable[[], Sandbox]]
) -> None:
    (forgery,) = (f for f in UNNAMED if f.name == name)
    sandbox, _ = places
    files = forgery.candidate()
    sandbox.put({path: (text or "").encode() for path, text in files.items()})
    try:
        run = BARE.run(sandbox, limits=LIMITS)
    finally:
        sandbox.put({path: REPOSITORY[path].encode() for path in files})
    assert judge(FACTS, run, scope="suite").ok


def test_the_warm_worker_holds(places: tuple[Sandbox, Callable[[], Sandbox]]) -> None:
    found = {finding.attack: finding for finding in try_worker(places[0])}
    assert found.keys() == {attack.name for attack in WORKER_ATTACKS}
    assert {f.attack: f.seen for f in found.values() if f.held is not Held.YES} == {}
