"""What the first runs show is believed only after it was seen again."""

from dataclasses import replace

import pytest

from fixit_runtime.agent.errors import EnvironmentFailed, TestsUncollectable, UsageError
from fixit_runtime.agent.seams import Outcome, RunLimits
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.command_run import ShellCommand
from fixit_runtime.tools.judge import judge, suite_nodeids
from fixit_runtime.tools.warm import WarmCommand

MIXED = """
    import pytest, pathlib
    COUNT = pathlib.Path("count.txt")
    SEEN = []
    def test_good(): pass
    def test_bad(): assert 1 == 2
    def test_error(nothing): pass
    @pytest.mark.skip
    def test_skipped(): pass
    @pytest.mark.xfail
    def test_expected(): assert False
    def test_flaky():
        n = int(COUNT.read_text()) if COUNT.exists() else 0
        COUNT.write_text(str(n + 1))
        assert n == 2
    def test_first(): SEEN.append(1)
    def test_order(): assert not SEEN
    @pytest.mark.parametrize("thing", [object()], ids=["<object at 0x7f0000000000>"])
    def test_address(thing): pass
"""


def name(nodeids: tuple[str, ...]) -> set[str]:
    return {nodeid.partition("::")[2] or nodeid for nodeid in nodeids}


def test_failing_flaky_passing_and_other_tests_are_told_apart(repository, bare_pytest):
    said: list[str] = []
    sandbox = repository({"test_a.py": MIXED})

    facts = observe(bare_pytest, sandbox, say=said.append)

    assert name(facts.failing) == {"test_bad", "test_error"}
    assert name(facts.passing) == {"test_good", "test_first"}
    assert name(facts.flaky) == {
        "test_flaky", "test_order", "test_address[<object at 0x7f0000000000>]",
    }  # fmt: skip
    assert name(facts.other) == {"test_skipped", "test_expected"}
    assert [(r.nodeid, r.outcome) for r in facts.reports] == [
        ("test_a.py::test_bad", Outcome.FAILED),
        ("test_a.py::test_error", Outcome.ERROR),
    ]
    assert "assert 1 == 2" in facts.reports[0].text
    assert facts.suite_s > 0
    assert facts.suite_cpu_s > 0
    assert facts.command == "python -m pytest"
    assert any("test_flaky" in sentence for sentence in said)


def test_reruns_by_the_warm_worker_show_the_same(repository, bare_pytest):
    plain = observe(bare_pytest, repository({"test_a.py": MIXED}))
    with WarmCommand(bare_pytest) as warm:
        quick = observe(bare_pytest, repository({"test_a.py": MIXED}), quick=warm)
        assert warm.warm_runs > 0

    assert (quick.failing, quick.passing, quick.flaky) == (
        plain.failing, plain.passing, plain.flaky,
    )  # fmt: skip


def test_what_only_the_warm_worker_shows_green_is_failing(repository, bare_pytest):
    """A module is imported there already, say: the command itself decides."""
    text = """
        import os
        def test_bad(): assert "FIXIT_QUICK" in os.environ
    """
    sandbox = repository({"test_a.py": text})
    other = replace(bare_pytest, env={**bare_pytest.env, "FIXIT_QUICK": "1"})

    facts = observe(bare_pytest, sandbox, quick=other)

    assert facts.failing == ("test_a.py::test_bad",)
    assert facts.flaky == ()


def test_slow_tests_are_told_with_their_seconds(repository, bare_pytest):
    text = """
        import time
        def test_bad(): assert False
        def test_quick(): pass
        def test_slow(): time.sleep(0.2)
    """
    facts = observe(bare_pytest, repository({"test_a.py": text}))

    assert [nodeid for nodeid, _ in facts.slow] == ["test_a.py::test_slow"]
    assert 0.2 <= facts.slow[0][1] <= facts.passing_s < facts.suite_s


def test_a_repair_turns_the_observed_facts_green(repository, bare_pytest):
    sandbox = repository(
        {
            "shop.py": "def price(n):\n    return n + 2\n",
            "test_a.py": "from shop import price\n"
            "def test_two(): assert price(2) == 4\ndef test_three(): assert price(3) == 6\n",
        }
    )
    facts = observe(bare_pytest, sandbox)
    assert facts.failing == ("test_a.py::test_three",)

    for text, ok in ((b"return n * 2", True), (b"return 6", False), (b"return 5", False)):
        sandbox.put({"shop.py": b"def price(n):\n    " + text + b"\n"})
        run = bare_pytest.run(sandbox, suite_nodeids(facts))
        assert judge(facts, run, scope="suite").ok is ok


def test_tests_behind_a_hang_and_a_crash_are_still_known(repository, bare_pytest):
    sandbox = repository(
        {
            "test_a.py": """
                import os, time
                def test_one(): pass
                def test_hang(): time.sleep(60)
                def test_two(): assert False
                def test_crash(): os._exit(0)
                def test_three(): pass
            """
        }
    )
    facts = observe(bare_pytest, sandbox, limits=RunLimits(wall_s=2.5, cpu_s=2.5))
    assert name(facts.failing) == {"test_hang", "test_two", "test_crash"}
    assert name(facts.passing) == {"test_one", "test_three"}
    assert facts.other == ()


def test_a_test_that_was_only_running_when_the_time_was_up_is_not_failing(repository, bare_pytest):
    source = "import time\ndef test_a(): time.sleep(1.2)\ndef test_b(): time.sleep(1.2)\n"
    sandbox = repository({"test_a.py": source})
    facts = observe(bare_pytest, sandbox, limits=RunLimits(wall_s=2.5))
    assert facts.failing == ()
    assert name(facts.passing) == {"test_a", "test_b"}


NAMED = """
    import pytest
    def test_good(): pass
    def test_bad(): assert False
    def test_worse(): assert False
    @pytest.mark.parametrize("n", [1, 2])
    def test_many(n): assert n == 1
    class TestC:
        def test_m(self): assert False
"""


@pytest.mark.parametrize(
    ("named", "failing"),
    [
        (["t/test_a.py::test_bad"], {"test_bad"}),
        (["./t/test_a.py::test_bad", "t/test_a.py::TestC"], {"test_bad", "TestC::test_m"}),
        (["t/test_a.py::test_many"], {"test_many[2]"}),
        (["t/test_a.py::test_good"], set()),
        (["t/"], {"test_bad", "test_worse", "test_many[2]", "TestC::test_m"}),
    ],
)
def test_only_named_tests_are_to_be_repaired(repository, bare_pytest, named, failing):
    said: list[str] = []
    facts = observe(
        bare_pytest, repository({"t/test_a.py": NAMED}), named=named, reruns=1, say=said.append
    )
    assert name(facts.failing) == failing
    assert name(facts.passing) == {"test_good", "test_many[1]"}
    assert (
        name(facts.other) == {"test_bad", "test_worse", "test_many[2]", "TestC::test_m"} - failing
    )
    assert bool(said) == (not failing)  # a named test that does not fail is reported


def test_a_named_test_that_does_not_exist_is_an_error_with_the_nearest_name(
    repository, bare_pytest
):
    sandbox = repository({"t/test_a.py": NAMED})
    with pytest.raises(UsageError, match="test_bat") as caught:
        observe(bare_pytest, sandbox, named=["t/test_a.py::test_bat"])
    assert "t/test_a.py::test_bad" in caught.value.hint


def test_a_named_test_in_a_module_that_cannot_be_imported_means_the_module(repository, bare_pytest):
    sandbox = repository({"shop.py": "1 / 0\n", "test_a.py": "import shop\ndef test_x(): pass\n"})
    facts = observe(bare_pytest, sandbox, named=["test_a.py::test_x"])
    assert facts.failing == ("test_a.py",)


def test_a_module_that_needs_a_missing_package_is_left_out_beside_a_real_failure(
    repository, bare_pytest
):
    files = {
        "test_a.py": "def test_a(): assert False\n",
        "test_b.py": "import nomspy\ndef test_b(): pass\n",
    }
    said: list[str] = []
    facts = observe(bare_pytest, repository(files), say=said.append)
    assert facts.failing == ("test_a.py::test_a",)
    assert facts.other == ("test_b.py",)
    assert any("nomspy" in sentence for sentence in said)


def test_nothing_but_a_missing_package_is_the_environments_failure(repository, bare_pytest):
    with pytest.raises(EnvironmentFailed, match="nomspy"):
        observe(bare_pytest, repository({"test_b.py": "import nomspy\n"}))


def test_no_tests_at_all_are_an_error(repository, bare_pytest):
    with pytest.raises(TestsUncollectable):
        observe(bare_pytest, repository({"test_b.py": "x = 1\n"}))


def test_another_command_is_one_failing_test(repository):
    sandbox = repository({"check.py": "import sys\nsys.exit(3)\n"})
    facts = observe(ShellCommand("python check.py"), sandbox)
    assert facts.failing == ("command",)
    sandbox.put({"check.py": b"print('fine')\n"})
    run = ShellCommand("python check.py").run(sandbox, facts.failing)
    assert judge(facts, run, scope="suite").ok


def test_a_command_that_does_not_write_its_xml_is_an_error(repository):
    sandbox = repository({"check.py": ""})
    with pytest.raises(TestsUncollectable, match=r"out\.xml"):
        observe(ShellCommand("python check.py", "out.xml"), sandbox)


def test_a_command_that_hangs_before_it_writes_its_xml_is_a_failing_test(repository):
    sandbox = repository({"a.txt": ""})
    facts = observe(ShellCommand("sleep 60", "out.xml"), sandbox, limits=RunLimits(wall_s=0.5))
    assert facts.failing == ("command",)
