"""Any command can judge a repair: by its exit code, and by the JUnit XML that it writes."""

import pytest

from fixit_runtime.agent.seams import Outcome, RunLimits
from fixit_runtime.tools.command_run import COMMAND, ShellCommand

XML = """<testsuite name="s"><testcase classname="suite" name="one"/>
<testcase classname="suite" name="two"><failure message="no">assert</failure></testcase>
</testsuite>"""


@pytest.mark.parametrize(
    ("text", "outcome"), [("true", Outcome.PASSED), ("echo the clue; exit 3", Outcome.FAILED)]
)
def test_the_exit_code_is_the_verdict(repository, text, outcome):
    run = ShellCommand(text).run(repository({"a.txt": ""}))
    assert run.completed
    assert [(r.nodeid, r.outcome) for r in run.results] == [(COMMAND, outcome)]
    if outcome is Outcome.FAILED:
        assert "the clue" in run.results[0].text
        assert "exited with code 3" in run.results[0].text


def test_python_of_the_command_is_the_sandboxs_own(repository):
    sandbox = repository({"a.txt": ""})
    run = ShellCommand("python -c 'import sys; print(sys.executable)'").run(sandbox)
    assert run.output.strip() == sandbox.python


def test_a_command_that_hangs_fails_and_is_not_complete(repository):
    run = ShellCommand("sleep 60").run(repository({"a.txt": ""}), limits=RunLimits(wall_s=0.5))
    assert not run.completed
    assert [(r.nodeid, r.outcome, r.error_type) for r in run.results] == [
        (COMMAND, Outcome.FAILED, "TimedOut")
    ]


def test_each_case_of_the_xml_has_a_result_beside_the_exit_code(repository):
    sandbox = repository({"in.xml": XML})
    run = ShellCommand("mkdir -p out; cp in.xml out/junit.xml; exit 1", "out/junit.xml").run(
        sandbox
    )
    assert run.completed
    assert {r.nodeid: r.outcome.value for r in run.results} == {
        "suite::one": "passed", "suite::two": "failed", COMMAND: "failed",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["true", "echo '<!DOCTYPE x>' > out.xml", "mkdir out.xml"])
def test_xml_of_an_earlier_run_is_never_read_again(repository, text):
    sandbox = repository({"out.xml": XML})
    run = ShellCommand(text, "out.xml").run(sandbox)
    assert not run.completed
    assert [r.nodeid for r in run.results] == [COMMAND]
    assert run.errors[0][0] == "out.xml"
