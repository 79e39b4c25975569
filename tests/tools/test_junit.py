"""JUnit XML of an earlier run names the tests to repair; hostile files are refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from fixit_runtime.agent.seams import Outcome
from fixit_runtime.tools import junit
from fixit_runtime.tools.junit import UnreadableJUnit, failing_nodeids, results

TESTS = """
import pytest
import unittest

def test_good(): pass
def test_bad(): assert False
@pytest.mark.parametrize("s", ["a b", "a::b", "a.b", "[x]", "<&>"])
def test_many(s): assert False
@pytest.mark.xfail
def test_expected(): assert False
@pytest.mark.skip
def test_skipped(): pass
@pytest.fixture
def broken(): raise OSError
def test_set_up(broken): pass
class TestC:
    class TestInner:
        def test_m(self): assert False
class TestOld(unittest.TestCase):
    def test_u(self): self.fail()
"""


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
@pytest.mark.parametrize("known_root", [True, False])
def test_what_pytest_writes_leads_back_to_its_own_nodeids(tmp_path: Path, family, known_root):
    folder = tmp_path / "tests" / "unit"
    folder.mkdir(parents=True)
    (folder / "test_a.py").write_text(TESTS)
    (folder / "test_broken.py").write_text("1 / 0\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    options = [f"--junit-xml={tmp_path}/out.xml", "-o", f"junit_family={family}", "-rfE"]
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [*command, *options, "--continue-on-collection-errors"],
        cwd=tmp_path, env=env, capture_output=True, check=False,
    )  # fmt: skip

    found = failing_nodeids(tmp_path / "out.xml", tmp_path if known_root else None)

    names = ["test_bad", *(f"test_many[{s}]" for s in ("a b", "a::b", "a.b", "[x]", "<&>"))]
    names += ["test_set_up", "TestC::TestInner::test_m", "TestOld::test_u"]
    nodeids = {f"tests/unit/test_a.py::{name}" for name in names}
    assert set(found) == nodeids | {"tests/unit/test_broken.py"}


def xml(attributes: str, body: str = '<failure message="m">t</failure>') -> bytes:
    return f"<testsuites><testsuite><testcase {attributes}>{body}</testcase></testsuite></testsuites>".encode()  # noqa: E501


def test_files_that_are_there_decide_which_part_of_a_class_name_is_the_module(tmp_path: Path):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "pricing.py").write_text("")
    (tmp_path / "v1.2").mkdir()
    (tmp_path / "v1.2" / "test_a.py").write_text("")
    for classname, expected in (
        ("checks.pricing.Prices", "checks/pricing.py::Prices::t"),
        ("v1.2.test_a", "v1.2/test_a.py::t"),
        ("pricing.Prices", "checks/pricing.py::Prices::t"),
        ("elsewhere.Thing", "elsewhere.Thing::t"),
    ):
        (result,) = results(xml(f'classname="{classname}" name="t"'), "x", root=tmp_path)
        assert result.nodeid == expected


def test_a_file_attribute_names_the_module():
    (result,) = results(xml('classname="a.checks.K" name="t" file="a/checks.py" line="3"'), "x")
    assert result.nodeid == "a/checks.py::K::t"


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("", Outcome.PASSED),
        ("<failure/>", Outcome.FAILED),
        ("<error/>", Outcome.ERROR),
        ("<skipped/>", Outcome.SKIPPED),
        ('<skipped type="pytest.xfail"/>', Outcome.XFAILED),
        ("<failure/><error/>", Outcome.ERROR),
        ("<system-out>hi</system-out>", Outcome.PASSED),
    ],
)
def test_each_ending_has_its_outcome(body: str, outcome: Outcome):
    (result,) = results(xml('classname="c" name="t" time="0.5"', body), "x")
    assert (result.outcome, result.seconds, result.nodeid) == (outcome, 0.5, "c::t")


def test_text_and_exception_of_a_failure_are_kept():
    body = '<failure type="builtins.KeyError" message="gone">trace</failure>'
    (result,) = results(xml('name="t"', body), "x")
    assert (result.text, result.error_type, result.nodeid) == ("gone\ntrace", "KeyError", "t")


def test_suites_may_be_nested_and_stand_alone():
    case = '<testcase classname="c" name="t"/>'
    nested = f"<testsuite><testsuite>{case}</testsuite>{case}</testsuite>"
    assert len(results(nested.encode(), "x")) == 2


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "entities": f'<!DOCTYPE t [<!ENTITY l0 "ha">{LAUGHS}]><testsuites>&l11;</testsuites>'.encode(),
    "file": b'<!DOCTYPE t [<!ENTITY f SYSTEM "file:///etc/passwd">]><testsuites>&f;</testsuites>',
    "hidden": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE t []><testsuites/>'.encode(
        "utf-16"
    ),
    "deep": b"<testsuites>" + b"<testsuite>" * 20_000,
    "cut": b"<testsuites><testsuite>",
    "other": b"<html/>",
    "empty": b"",
    "binary": b"\x00\xff\x00",
    "time": xml('name="t" time="soon"'),
    "encoding": b'<?xml version="1.0" encoding="no-such"?><testsuites/>',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_broken_files_are_refused_in_words(tmp_path: Path, kind: str):
    (tmp_path / "bad.xml").write_bytes(HOSTILE[kind])
    with pytest.raises(UnreadableJUnit, match=r"bad\.xml") as caught:
        failing_nodeids(tmp_path / "bad.xml")
    assert caught.value.exit_code == 2
    assert caught.value.hint


def test_a_huge_or_missing_file_is_refused_before_it_is_read(tmp_path: Path):
    with (tmp_path / "huge.xml").open("wb") as file:
        file.truncate(junit.MAX_BYTES + 1)
    for name in ("huge.xml", "missing.xml"):
        with pytest.raises(UnreadableJUnit, match=name):
            failing_nodeids(tmp_path / name)
