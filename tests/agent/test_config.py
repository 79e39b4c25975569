"""Settings: where they come from, who may set what, and what a bad one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixit_runtime.agent.config import load
from fixit_runtime.agent.errors import UsageError


def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fixit.toml").write_text("value = 1\ndeadline = 11\nseed = 111\n")
    monkeypatch.setenv("FIXIT_VALUE", "2")
    monkeypatch.setenv("FIXIT_DEADLINE", "22")

    settings = load(tmp_path, {"value": 3.0, "deadline": None})

    assert (settings.value, settings.deadline, settings.seed) == (3.0, 22.0, 111)


def test_the_tool_table_of_pyproject_is_read_with_dashes_too(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.fixit]\nlatency-price = 60\nmodels = ["a/b", "c/d"]\n'
    )

    settings = load(tmp_path, {})

    assert settings.latency_price == 60
    assert settings.models == "a/b,c/d"


@pytest.mark.parametrize(
    "line",
    [
        'sandbox = "unsafe-local"',
        "apply = true",
        'api_base = "http://evil"',
        'ca_bundle = "/root/.ssh/id_rsa"',
        'output = "/etc/x"',
        "max_cost = 1000",
        'prices = {"openai/gpt-5" = [0, 0]}',
        'price = ["openai/gpt-5=0,0"]',
        'search_weights = "weights.json"',
        'beliefs = "beliefs.json"',
        "learn = false",
        "allow-test-edits = true",
        "explore = 1",
        'policy = "random"',
        "risk-price = 0",
        "value = 1000\nrisk-price = 20",
        'risk-price = "0"',
        'max-cost = "1000"',
    ],
)
def test_a_repository_cannot_open_the_sandbox_lift_the_cap_or_loosen_what_is_shown_or_written(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "fixit.toml").write_text(line + "\n")

    with pytest.raises(UsageError, match="may not decide"):
        load(tmp_path, {})


def test_a_repository_may_say_what_a_fix_is_worth_and_that_a_wrong_one_costs_more(
    tmp_path: Path,
) -> None:
    (tmp_path / "fixit.toml").write_text("value = 20\nrisk_price = 100\nlatency_price = 0\n")

    economy = load(tmp_path, {}).economy

    assert (economy.value_usd, economy.risk_usd) == (20.0, 100.0)
    assert load(tmp_path, {"risk_price": 90.0}).economy.risk_usd == 90.0
    assert load(tmp_path, {"value": 5.0, "risk_price": 1.0}).economy.risk_usd == 1.0
    with pytest.raises(UsageError, match="below 4 x value"):
        load(tmp_path, {"value": 50.0})
    with pytest.raises(UsageError, match="value above risk_price / 4"):
        load(tmp_path, {"risk_price": 20.0})  # enough for a fix of 5, and not of 20


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ({"value": -1.0}, "value: "),
        ({"value": float("nan")}, "value: "),
        ({"deadline": 0.0}, "deadline: "),
        ({"format": "yaml"}, "format: .*text.*json"),
        ({"max_cost": float("inf")}, "max-cost: must be a finite number"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, flags: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        load(tmp_path, flags)


def test_an_unknown_setting_in_the_file_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "fixit.toml").write_text("vlaue = 3\n")

    with pytest.raises(UsageError, match=r"fixit\.toml.*vlaue"):
        load(tmp_path, {})


def test_a_broken_pyproject_is_left_for_pytest_to_complain_about(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.fixit\n")

    assert load(tmp_path, {}).value == 5.0


def test_naming_a_model_sets_a_cap_of_a_dollar_unless_one_is_given(tmp_path: Path) -> None:
    assert load(tmp_path, {}).limits.cost_usd == float("inf")
    assert load(tmp_path, {"models": "x/y"}).limits.cost_usd == 1.0
    assert load(tmp_path, {"models": "x/y", "max_cost": 0.2}).limits.cost_usd == 0.2


def test_the_price_of_a_wrong_patch_follows_the_value_unless_said(tmp_path: Path) -> None:
    assert load(tmp_path, {"value": 2.0}).economy.risk_usd == 8.0
    assert load(tmp_path, {"value": 2.0, "risk_price": 1.0}).economy.risk_usd == 1.0
