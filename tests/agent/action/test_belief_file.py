"""Beliefs in a file: they come back as they were, and a file that holds none is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixit_runtime.agent.action.belief_file import from_json, read, to_json
from fixit_runtime.agent.action.estimator import NOTHING_FITTED
from fixit_runtime.agent.action.features import Effect, Effects
from fixit_runtime.agent.action.fit import fit
from fixit_runtime.agent.action.simulate import PRICE_LIST, simulate
from fixit_runtime.agent.errors import UsageError

KNOWN = fit(simulate(PRICE_LIST, 60, np.random.default_rng(1)), version="mine/1")
MODEL = replace(
    KNOWN.model,
    effects=Effects("mine/1", {"past": Effect(0.5, 0.1)}),
    sources={"mini": "mine/1 of 60 outcomes"},
)
TEXT = to_json(replace(KNOWN, model=MODEL))


def test_what_is_written_comes_back() -> None:
    again = from_json(TEXT)

    assert to_json(again) == TEXT
    assert again.model.effects == MODEL.effects
    assert again.model.source("mini") == "mine/1 of 60 outcomes"
    assert again.belief().expected_usd("mini") == pytest.approx(KNOWN.belief().expected_usd("mini"))
    assert to_json(from_json(to_json(NOTHING_FITTED))) == to_json(NOTHING_FITTED)


def changed(**change: Any) -> str:
    return json.dumps({**json.loads(TEXT), **change})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "invalid json"),
        ("[]", "object"),
        (changed(schema="fixit.beliefs/9"), "schema: input should be 'fixit.beliefs/1'"),
        (changed(prior=[0.5, 0.5]), "prior must"),
        (changed(grid=[0, 1, 5]), "even steps"),
        (changed(version="\x1b[2J"), "version: string should match"),
        (changed(surprise=1), "surprise: extra inputs"),
        (TEXT.replace('"sensitivity":1.0', '"sensitivity":1.5').replace(": 1.0", ": 1.5"), "1"),
    ],
)
def test_a_file_that_holds_no_beliefs_is_named_with_what_is_wrong(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "beliefs.json"
    path.write_text(text)

    with pytest.raises(UsageError) as error:
        read(path)

    assert "beliefs.json gives no beliefs" in str(error.value)
    assert why in str(error.value).lower()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "none.json")
