"""The autonomy schedule: what needs a person, who may change it, and what rare harms count."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.action.autonomy import (
    DEFAULTS,
    ActionClass,
    Harm,
    Need,
    Schedule,
    cvar,
    in_force,
    option_value,
)
from fixit_runtime.agent.action.checks import SAID_PATCH, Beta, CheckFit, shipped_checks
from fixit_runtime.agent.config import load
from fixit_runtime.agent.economy import Prices
from fixit_runtime.agent.errors import UsageError

FREE = (ActionClass.READ, ActionClass.DRAFT, ActionClass.RUN)
SEEN = (ActionClass.PUSH, ActionClass.OPEN_PR)
needs = st.sampled_from(list(Need))
classes = st.sampled_from(list(ActionClass))
harms = st.lists(st.builds(Harm, st.floats(0, 1e6), st.floats(0, 0.1)), min_size=1, max_size=6)


@pytest.mark.parametrize("what", FREE)
def test_reading_drafting_and_running_in_a_sandbox_need_nobody(what: ActionClass) -> None:
    assert Schedule().permit(what, flag=False, person=False, said_yes=False).granted


@pytest.mark.parametrize("what", [ActionClass.WRITE, ActionClass.COMMIT])
def test_writing_needs_a_flag_or_a_yes_and_in_ci_there_is_no_yes(what: ActionClass) -> None:
    schedule = Schedule()

    assert schedule.permit(what, flag=True, person=False, said_yes=False).granted
    assert schedule.permit(what, flag=False, person=True, said_yes=True).granted
    assert not schedule.permit(what, flag=False, person=True, said_yes=False).granted
    assert not schedule.permit(what, flag=False, person=False, said_yes=True).granted


@pytest.mark.parametrize("what", SEEN)
def test_what_others_see_is_never_done_without_its_flag(what: ActionClass) -> None:
    refused = Schedule().permit(what, flag=False, person=True, said_yes=True)

    assert not refused.granted
    assert what in refused.why
    assert DEFAULTS[what].irreversible_events > 0


@given(classes, needs, needs, st.booleans(), st.booleans(), st.booleans())
def test_a_stricter_need_never_grants_what_a_looser_one_refuses(
    what: ActionClass, one: Need, other: Need, flag: bool, person: bool, yes: bool
) -> None:
    loose, strict = sorted((one, other), key=lambda n: n.strictness)
    if {loose, strict} == {Need.CONFIRM, Need.FLAG} and not flag:
        return  # a yes in the place of a flag is what tells the two apart
    granted = [
        Schedule().changed({what: need}, "mine").permit(
            what, flag=flag, person=person, said_yes=yes
        ).granted
        for need in (loose, strict)
    ]  # fmt: skip
    assert granted[0] >= granted[1]


def test_a_repository_may_tighten_the_schedule_and_not_loosen_it(tmp_path: Path) -> None:
    (tmp_path / "fixit.toml").write_text('[autonomy]\nwrite-tree = "never"\n')
    schedule = in_force(load(tmp_path, {}))
    assert schedule.rules[ActionClass.WRITE].need is Need.NEVER

    for line in ('push = "free"', 'write_tree = "free"', "push = {irreversible_events = 0}"):
        (tmp_path / "fixit.toml").write_text(f"[autonomy]\n{line}\n")
        with pytest.raises(UsageError, match="loosens"):
            in_force(load(tmp_path, {}))


def test_the_users_own_file_may_loosen_and_the_repositorys_still_tightens_it(
    tmp_path: Path,
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[autonomy]\npush = "confirm"\ncommit = "free"\nhuman_usd_per_h = 120\n')
    (tmp_path / "pyproject.toml").write_text('[tool.fixit.autonomy]\ncommit = "both"\n')

    schedule = in_force(load(tmp_path, {"autonomy_file": mine}))

    assert schedule.rules[ActionClass.PUSH].need is Need.CONFIRM
    assert schedule.rules[ActionClass.COMMIT].need is Need.BOTH
    assert schedule.oversight_usd(ActionClass.COMMIT, flag=True) == pytest.approx(20 * 120 / 3600)


@pytest.mark.parametrize(
    "line",
    [
        'launch = "free"', 'push = "maybe"', "push = 3", "push = {needs = 1}",
        "push = {harms = [[10, 2]]}", 'human_usd_per_h = "much"', "push = {attention_s = -1}",
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_meant_is_refused_with_the_words_that_can(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "mine.toml").write_text(f"[autonomy]\n{line}\n")

    with pytest.raises(UsageError, match="open-pr"):
        in_force(load(tmp_path, {"autonomy_file": tmp_path / "mine.toml"}))


def test_a_repository_cannot_name_the_users_file(tmp_path: Path) -> None:
    (tmp_path / "fixit.toml").write_text('autonomy-file = "x.toml"\n')

    with pytest.raises(UsageError, match="may not decide"):
        load(tmp_path, {})


@given(harms)
def test_the_tail_lies_between_the_mean_and_the_worst(some: list[Harm]) -> None:
    mean, worst = sum(h.usd * h.probability for h in some), max(h.usd for h in some)

    assert cvar(some, 0.0) == pytest.approx(mean)
    assert mean - 1e-6 <= cvar(some) <= worst + 1e-6
    levels = [cvar(some, level) for level in (0.0, 0.5, 0.9, 0.99, 0.999)]
    assert all(a <= b + 1e-6 for a, b in itertools.pairwise(levels))


def test_a_rare_great_harm_counts_for_twenty_times_its_mean() -> None:
    assert cvar([Harm(1000.0, 0.01)]) == pytest.approx(20 * 10.0)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 5.0))
def test_waiting_for_a_free_look_never_hurts_and_its_price_comes_off(
    chance: float, specificity: float, usd: float
) -> None:
    look = CheckFit(Beta(9.0, 1.0), Beta(1.0 + 9 * specificity, 10.0 - 9 * specificity))
    free = option_value(chance, Prices(), look, 0.0)

    assert free >= -1e-9
    assert option_value(chance, Prices(), look, usd) == pytest.approx(free - usd)


def test_a_look_is_worth_most_where_acting_hangs_in_the_balance() -> None:
    look = shipped_checks().of(SAID_PATCH)

    def worth(chance: float) -> float:
        return option_value(chance, Prices(), look, 0.0)

    assert worth(0.8) > worth(0.99) >= 0
    assert worth(0.8) > worth(0.3) >= 0
    assert worth(1.0) == pytest.approx(0.0)
