"""Hostile code in each sandbox, one test an attack; its success is looked for from outside."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.attacks import Attack, Held, try_attack
from fixit_runtime.sandboxes.doctor import ATTACKS
from fixit_runtime.sandboxes.ground import Ground
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.sandboxes.unsafe import UnsafeLocalSandbox

HARMLESS = [attack for attack in ATTACKS if attack.harmless]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name.replace(" ", "-"))
def test_an_attack_is_held(attack: Attack, sandbox: Sandbox, ground: Ground) -> None:
    finding = try_attack(attack, sandbox, ground)
    assert finding.held is Held.YES, finding.seen


@pytest.fixture(scope="module")
def open_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Where nothing is isolated."""
    root = tmp_path_factory.mktemp("open")
    (root / "code.py").write_text("ONE = 1\n")
    made = UnsafeLocalSandbox(Snapshot.of(root), python=Path(sys.executable))
    made.start()
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("attack", HARMLESS, ids=lambda attack: attack.name.replace(" ", "-"))
def test_an_attack_that_succeeds_is_seen(attack: Attack, open_place: Sandbox) -> None:
    """Else the test above would prove nothing."""
    with Ground() as ground:
        finding = try_attack(attack, open_place, ground)
    assert finding.held is Held.NO
    assert finding.seen


def test_an_attack_that_could_not_be_tried_is_not_held(open_place: Sandbox) -> None:
    broken = Attack("broken", "do nothing", "raise RuntimeError('no such luck')")
    with Ground() as ground:
        finding = try_attack(broken, open_place, ground)
    assert finding.held is Held.UNKNOWN
    assert "no such luck" in finding.seen
