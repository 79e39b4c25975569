"""Every record of the seams survives the way through JSON unchanged."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.capital.records import decode, encode
from fixit_runtime.agent.economy import Action, Prices, Quote, Scored, Verdict
from fixit_runtime.agent.errors import TraceError
from fixit_runtime.agent.ledger import Limits, Spend, Usage
from fixit_runtime.agent.seams import (
    Booking,
    Candidate,
    Completed,
    Decision,
    Outcome,
    Reply,
    Request,
    Result,
    Stage,
    SuiteRun,
    Suspect,
    TestFacts,
    TestResult,
    TokenPrices,
)

RECORDS = [
    Booking,
    Candidate,
    Completed,
    Limits,
    Prices,
    Reply,
    Request,
    Result,
    Spend,
    SuiteRun,
    Suspect,
    TestFacts,
    TestResult,
    TokenPrices,
    Usage,
]

texts = st.text(max_size=20) | st.sampled_from(["inf", "nan", "\udc80", "\x00\n", "größe"])
st.register_type_strategy(float, st.floats(allow_nan=False))
st.register_type_strategy(str, texts)
costs = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
prices = st.builds(Prices, costs, costs, costs, costs, costs)
quotes = st.builds(
    Quote,
    action=st.sampled_from(Action),
    p_accept=st.floats(0, 1),
    cost_usd=costs,
    cost_worst_usd=costs,
    latency_s=costs,
    risk_events=costs,
    irreversible_events=costs,
    outcomes=st.floats(0, 1).map(lambda p: ((Verdict.ACCEPT, p), (Verdict.REJECT, 1 - p))),
)
decisions = st.builds(
    Decision,
    prices=prices,
    menu=st.lists(st.builds(Scored, quotes), max_size=3).map(tuple),
)
st.register_type_strategy(Prices, prices)


def through_json(record):
    text = json.dumps(encode(record), allow_nan=False)
    return decode(type(record), json.loads(text))


@pytest.mark.parametrize("cls", RECORDS)
def test_every_record_comes_back_equal(cls):
    @given(st.from_type(cls))
    def comes_back(record):
        assert through_json(record) == record

    comes_back()


@given(decisions)
def test_a_decision_comes_back_with_its_whole_menu(decision):
    again = through_json(decision)
    assert again == decision
    assert all(isinstance(s, Scored) for s in again.menu)


def test_what_comes_back_has_the_same_types():
    run = SuiteRun(
        (TestResult("t::a", Outcome.FAILED, frames=(("a.py", 3),)),),
        1,
        True,
        0.5,
        0.25,
        coverage={"t::a": {"a.py": frozenset({1, 2})}},
    )
    again = through_json(run)
    assert again.results[0].outcome is Outcome.FAILED
    assert again.results[0].frames == (("a.py", 3),)
    assert again.coverage["t::a"]["a.py"] == frozenset({1, 2})


def test_infinite_limits_come_back_infinite():
    assert through_json(Limits()).cost_usd == math.inf
    assert math.isnan(through_json(Suspect("a.py", 1, math.nan)).suspiciousness)


def test_a_field_that_is_new_takes_its_default_and_an_old_one_is_passed_over():
    data = {"id": "c1", "tier": "search", "files": {"a.py": None}, "gone_since": 3}
    assert decode(Candidate, data) == Candidate("c1", "search", {"a.py": None})


@pytest.mark.parametrize(
    ("cls", "data"),
    [
        (Usage, {"input": "many"}),
        (Usage, {"input": True}),
        (Suspect, {"path": "a.py", "line": 1}),
        (Suspect, {"path": "a.py", "line": 1, "suspiciousness": "high"}),
        (Candidate, {"id": "c", "tier": "t", "files": {}, "stage": "lost"}),
        (Candidate, {"id": "c", "tier": "t", "files": ["a.py"]}),
        (Spend, {"usage": 3}),
        (Prices, {"value_usd": -1.0}),
        (Completed, {"returncode": 0, "output": "%", "wall_s": 0.0, "cpu_s": 0.0}),
        (TestResult, {"nodeid": "t", "outcome": "passed", "frames": [["a.py"]]}),
    ],
)
def test_what_is_no_such_record_is_an_error_that_says_so(cls, data):
    with pytest.raises(TraceError, match=cls.__name__):
        decode(cls, data)


def test_only_records_are_encoded():
    with pytest.raises(TypeError, match="not a record"):
        encode({"a": 1})
    with pytest.raises(TypeError, match="cannot hold"):
        encode(Candidate("c", "t", {"a.py": object()}))


def test_a_stage_is_written_as_its_word():
    assert encode(Candidate("c", "t", {}, stage=Stage.SAFE))["stage"] == "safe"
