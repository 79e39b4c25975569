"""How telling checks are: the table, its fit from verdicts, and what cannot be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.action.checks import (
    CONFIRM,
    SUITE,
    Beta,
    Checked,
    CheckFit,
    CheckTable,
    fit_checks,
    read_checks,
    shipped_checks,
)
from fixit_runtime.agent.errors import UsageError

SHIPPED = shipped_checks()
rows = st.lists(
    st.builds(Checked, st.sampled_from([SUITE, CONFIRM]), st.booleans(), st.booleans()), max_size=40
)


def test_the_shipped_table_says_where_its_figures_come_from() -> None:
    assert SHIPPED.version
    assert SHIPPED.source
    assert 0.9 < SHIPPED.of(SUITE).sensitivity.mean < 1


def test_a_table_comes_back_from_its_file_as_it_was() -> None:
    assert read_checks(SHIPPED.to_json()) == SHIPPED


@given(rows)
def test_every_verdict_counts_once_and_only_for_its_check(seen: list[Checked]) -> None:
    fitted = fit_checks(seen, version="v", source="s", base=SHIPPED)

    for name in (SUITE, CONFIRM):
        before, after = SHIPPED.of(name), fitted.of(name)
        mine = [row for row in seen if row.check == name]
        hits = sum(row.right and row.accepted for row in mine)
        catches = sum(not row.right and not row.accepted for row in mine)
        assert after.sensitivity.a == pytest.approx(before.sensitivity.a + hits)
        assert after.specificity.a == pytest.approx(before.specificity.a + catches)


def test_many_verdicts_outweigh_the_assumption_and_leave_less_doubt() -> None:
    assumed = CheckTable("assumed", "s", {SUITE: CheckFit(Beta(19.8, 0.2), Beta(5.0, 5.0))})
    wrong = [Checked(SUITE, False, accepted=i % 10 < 2) for i in range(400)]
    fitted = fit_checks(wrong, version="v", source="s", base=assumed).of(SUITE)

    assert fitted.specificity.mean == pytest.approx(0.8, abs=0.02)
    assert fitted.specificity.sd < assumed.of(SUITE).specificity.sd / 3
    assert fitted.p_accept_sd(0.5) < assumed.of(SUITE).p_accept_sd(0.5)


def test_a_tiers_opinion_has_figures_of_its_own_once_they_are_seen() -> None:
    name = "verify:opinion:bedrock/some.model-v1:0"
    assert SHIPPED.of(name) == SHIPPED.of("verify:opinion")

    seen = [Checked(name, True, True)] * 50
    fitted = fit_checks(seen, version="v", source="s", base=SHIPPED)

    assert fitted.of(name).sensitivity.mean > SHIPPED.of(name).sensitivity.mean
    assert fitted.of("verify:opinion") == SHIPPED.of("verify:opinion")


def test_a_check_that_nobody_knows_tells_nothing() -> None:
    fit = CheckTable("v", "s").of("verify:tarot")

    assert fit.sensitivity.mean == 1 - fit.specificity.mean


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"version": "x", "source": "y", "checks": {"a": {"sensitivity": [1, 0]}}}'],
)
def test_what_is_no_table_is_refused_with_the_way_to_make_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"fit_checks\.py"):
        read_checks(text)


def test_a_beta_needs_something_on_both_sides() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Beta(0.0, 1.0)
