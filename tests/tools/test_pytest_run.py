"""Other people's tests run with pytest in a real sandbox, one verdict a test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import EnvironmentFailed, TestsUncollectable
from fixit_runtime.agent.seams import Completed, Outcome, RunLimits, SuiteRun
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.tools import probe_report
from fixit_runtime.tools.probe_report import IMPORT, PROCESS_DIED, TIMED_OUT
from fixit_runtime.tools.pytest_run import PytestCommand, probe_sources, require_tests

KINDS = """
    import pytest
    import unittest
    import shop

    def test_passes(): assert shop.price(2) == 4
    def test_fails(): assert shop.price(3) == 7
    def test_raises(): shop.parse("x")
    @pytest.mark.skip(reason="later")
    def test_skipped(): pass
    @pytest.mark.xfail
    def test_expected(): assert False
    @pytest.mark.xfail
    def test_unexpected(): pass
    @pytest.fixture
    def broken(): raise OSError("no disk")
    def test_set_up(broken): pass
    @pytest.fixture
    def leaky():
        yield
        raise OSError("no disk")
    def test_tear_down(leaky): pass
    class TestOld(unittest.TestCase):
        def test_method(self): self.assertEqual(shop.price(1), 2)
"""
SHOP = """
    def price(n):
        return n * 2

    def parse(text):
        try:
            return int(text)
        except ValueError as error:
            raise KeyError(text) from error
"""


def outcomes(run: SuiteRun) -> dict[str, str]:
    return {result.nodeid.partition("::")[2]: result.outcome.value for result in run.results}


def test_every_kind_of_ending_has_its_own_outcome(repository, bare_pytest):
    run = bare_pytest.run(repository({"test_shop.py": KINDS, "shop.py": SHOP}))

    assert run.completed
    assert outcomes(run) == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_raises": "failed",
        "test_skipped": "skipped",
        "test_expected": "xfailed",
        "test_unexpected": "xpassed",
        "test_set_up": "error",
        "test_tear_down": "error",
        "TestOld::test_method": "passed",
    }


def test_a_failure_carries_its_text_its_exception_and_the_frames_down_to_the_cause(
    repository, bare_pytest
):
    run = bare_pytest.run(repository({"test_shop.py": KINDS, "shop.py": SHOP}))
    by_name = {result.nodeid.partition("::")[2]: result for result in run.results}

    assert "assert 6 == 7" in by_name["test_fails"].text
    assert by_name["test_fails"].error_type == "AssertionError"
    assert by_name["test_raises"].error_type == "KeyError"
    assert by_name["test_raises"].frames == (("test_shop.py", 8), ("shop.py", 9), ("shop.py", 7))
    assert by_name["test_passes"].text == ""


def test_captured_output_of_a_failing_test_is_part_of_its_text(repository, bare_pytest):
    files = {"test_a.py": "def test_a():\n    print('the clue')\n    assert False\n"}
    run = bare_pytest.run(repository(files))
    assert "the clue" in run.results[0].text


PARAMETERS = ["a b", "a::b", "[x]", "é", "a/b.py", "x-y,z", "]", "::"]


def test_tests_are_run_by_name_however_the_name_is_spelled(repository, bare_pytest):
    source = f"""
        import pytest
        @pytest.mark.parametrize("s", {PARAMETERS!r})
        def test_p(s): assert s
        def test_other(): assert False
    """
    sandbox = repository({"tests/größe x/test_a b.py": source})
    everything = bare_pytest.run(sandbox)
    wanted = [r.nodeid for r in everything.results if "test_p" in r.nodeid]
    assert len(wanted) == len(PARAMETERS)

    for names in (wanted, wanted[2:3], [wanted[0], wanted[-1]]):
        run = bare_pytest.run(sandbox, names)
        assert [r.nodeid for r in run.results] == names
        assert run.completed


def test_a_function_a_class_and_a_file_name_all_tests_in_them(repository, bare_pytest):
    source = """
        import pytest
        @pytest.mark.parametrize("n", [1, 2])
        def test_p(n): pass
        class TestC:
            def test_m(self): pass
            def test_n(self): pass
    """
    sandbox = repository({"tests/test_a.py": source, "tests/test_b.py": "def test_b(): pass"})

    assert len(bare_pytest.run(sandbox, ["tests/test_a.py::test_p"]).results) == 2
    assert len(bare_pytest.run(sandbox, ["tests/test_a.py::TestC"]).results) == 2
    assert len(bare_pytest.run(sandbox, ["tests/test_a.py"]).results) == 4
    assert len(bare_pytest.run(sandbox, ["tests/conftest.py"]).results) == 5


def test_names_that_are_gone_have_no_result_and_stop_nothing(repository, bare_pytest):
    sandbox = repository({"test_a.py": "def test_a(): pass"})
    run = bare_pytest.run(
        sandbox, ["test_a.py::test_gone", "test_gone.py::test_x", "test_a.py::test_a"]
    )
    assert outcomes(run) == {"test_a": "passed"}
    assert run.completed


def test_no_names_run_no_tests(repository, bare_pytest):
    run = bare_pytest.run(repository({"test_a.py": "def test_a(): pass"}), [])
    assert run.results == ()


def test_thousands_of_names_fit_into_one_run(repository, bare_pytest):
    source = """
        import pytest
        @pytest.mark.parametrize("n", range(3000))
        def test_with_a_rather_long_name_that_fills_the_command_line_of_a_process(n): pass
    """
    sandbox = repository({"test_many.py": source})
    names = bare_pytest.collect(sandbox)
    assert len(names) == 3000
    assert len(bare_pytest.run(sandbox, names[:2500]).results) == 2500


def test_arguments_and_environment_of_the_users_command_stay(repository, bare_pytest):
    source = """
        import os
        def test_fast(): assert os.environ["MODE"] == "ci"
        def test_slow(): pass
    """
    sandbox = repository({"unit/test_a.py": source, "other/test_b.py": "def test_b(): pass"})
    env = {**bare_pytest.env, "MODE": "ci"}
    command = PytestCommand(("unit", "-k", "fast"), env, "MODE=ci pytest unit -k fast")

    assert outcomes(command.run(sandbox)) == {"test_fast": "passed"}
    named = command.run(sandbox, ["unit/test_a.py::test_fast", "other/test_b.py::test_b"])
    assert outcomes(named) == {"test_fast": "passed"}


def test_options_of_the_repository_that_stop_shuffle_or_hide_are_lifted(repository):
    # with the plugins that are installed: their options may stand in addopts too
    sandbox = repository(
        {
            "pytest.ini": "[pytest]\naddopts = -x --lf --ff --sw --tb=no --color=yes -q -q\n",
            "test_a.py": "def test_a(): assert 0\ndef test_b(): assert 0\ndef test_c(): pass\n",
        }
    )
    command = PytestCommand()
    for _ in range(2):  # a second run finds no cache of failures
        run = command.run(sandbox)
        assert outcomes(run) == {"test_a": "failed", "test_b": "failed", "test_c": "passed"}
        assert "assert 0" in run.results[0].text
    assert sandbox.get(".pytest_cache/README.md") is None


def test_it_can_stop_at_the_first_failure(repository, bare_pytest):
    sandbox = repository({"test_a.py": "def test_a(): assert 0\ndef test_b(): pass\n"})
    run = bare_pytest.run(sandbox, stop_at_first_failure=True)
    assert outcomes(run) == {"test_a": "failed"}
    assert not run.completed  # test_b is unknown, not absent


def test_an_edit_of_equal_size_in_the_same_second_is_seen(repository, bare_pytest):
    sandbox = repository(
        {"shop.py": "N = 1\n", "test_a.py": "import shop\ndef test_a(): assert shop.N == 2\n"}
    )
    seen = []
    for digit in (b"1", b"2", b"3", b"2"):
        sandbox.put({"shop.py": b"N = %s\n" % digit})
        seen.append(bare_pytest.run(sandbox).results[0].outcome.value)
    assert seen == ["failed", "passed", "failed", "passed"]


def test_names_are_relative_to_the_repository_wherever_pytest_has_its_root(repository, bare_pytest):
    sandbox = repository(
        {"sub/pytest.ini": "[pytest]\n", "sub/tests/test_a.py": "def test_a(): pass\n"}
    )
    command = PytestCommand(("sub",), bare_pytest.env)
    run = command.run(sandbox)
    assert [r.nodeid for r in run.results] == ["sub/tests/test_a.py::test_a"]
    assert command.run(sandbox, ["sub/tests/test_a.py::test_a"]).results == (
        run.results[0].__class__(run.results[0].nodeid, Outcome.PASSED, pytest.approx(0, abs=9)),
    )


# ------------------------------------------------------------------- what does not end well


@pytest.mark.parametrize(
    "end", ["os._exit(0)", "os.kill(os.getpid(), 9)", "os.abort()", "pytest.exit('enough')"]
)
def test_a_process_that_ends_early_never_counts_as_complete(repository, bare_pytest, end):
    source = f"import os, pytest\ndef test_a(): pass\ndef test_end(): {end}\ndef test_b(): pass\n"
    run = bare_pytest.run(repository({"test_a.py": source}))

    assert not run.completed
    assert outcomes(run) == {"test_a": "passed", "test_end": "failed"}
    assert run.results[-1].error_type == PROCESS_DIED


def test_a_process_that_ends_while_a_module_is_imported_blames_the_module(repository, bare_pytest):
    files = {"test_a.py": "import os\nos._exit(0)\n", "test_b.py": "def test_b(): pass\n"}
    run = bare_pytest.run(repository(files))
    assert not run.completed
    assert [(r.nodeid, r.outcome) for r in run.results] == [("test_a.py", Outcome.ERROR)]


def test_system_exit_at_import_blames_the_module(repository, bare_pytest):
    files = {"test_a.py": "import sys\nsys.exit(0)\n"}
    run = bare_pytest.run(repository(files))
    assert not run.completed
    assert [(r.nodeid, r.error_type) for r in run.results] == [("test_a.py", "SystemExit")]


@pytest.mark.parametrize("hang", ["while True: pass", "time.sleep(60)"])
def test_a_test_that_hangs_is_named_with_its_traceback_and_its_lines(repository, bare_pytest, hang):
    sandbox = repository(
        {
            "spin.py": f"import time\ndef spin():\n    {hang}\n",
            "test_a.py": "import spin\ndef test_a(): pass\ndef test_hang(): spin.spin()\n",
        }
    )
    run = bare_pytest.run(sandbox, limits=RunLimits(wall_s=2.5, cpu_s=2.5), coverage=True)

    assert not run.completed
    hung = run.results[-1]
    assert (hung.outcome, hung.error_type) == (Outcome.FAILED, TIMED_OUT)
    assert hung.frames[-1] == ("spin.py", 3)
    assert run.coverage["test_a.py::test_hang"]["spin.py"] == {3}


def test_a_test_that_hangs_and_ignores_the_interruption_is_still_named(repository, bare_pytest):
    source = """
        import time
        def test_hang():
            while True:
                try: time.sleep(60)
                except BaseException: pass
    """
    sandbox = repository({"test_a.py": source})
    run = bare_pytest.run(sandbox, limits=RunLimits(wall_s=2.0, cpu_s=5.0))
    assert not run.completed
    assert [(r.outcome, r.error_type) for r in run.results] == [(Outcome.FAILED, TIMED_OUT)]


def test_a_test_may_replace_or_close_whatever_it_likes_and_its_result_still_arrives(
    repository, bare_pytest
):
    source = """
        import json, os, sys
        def test_patches(monkeypatch):
            monkeypatch.setattr(os, "write", None)
            monkeypatch.setattr(json, "dumps", None)
            monkeypatch.setattr("builtins.open", None)
            monkeypatch.setattr(os, "getpid", lambda: 1)
        def test_moves(tmp_path, monkeypatch): monkeypatch.chdir(tmp_path)
        def test_forks():
            pid = os.fork()
            if pid == 0:
                raise RuntimeError("the child goes on as a second pytest")
            os.waitpid(pid, 0)
        def test_closes():
            for fd in map(int, os.listdir("/proc/self/fd")):
                try: target = os.readlink(f"/proc/self/fd/{fd}")
                except OSError: continue
                if "fixit-report" in target: os.close(fd)
        def test_last(): pass
    """
    run = bare_pytest.run(repository({"test_a.py": source}))
    assert outcomes(run) == dict.fromkeys(
        ["test_patches", "test_moves", "test_forks", "test_closes", "test_last"], "passed"
    )
    assert run.completed


def test_a_module_that_the_repository_itself_breaks_is_a_failing_test(repository, bare_pytest):
    sandbox = repository(
        {
            "pkg/__init__.py": "",
            "pkg/names.py": "TABLE = {1: 'a'}\nFIRST = TABLE[0]\n",
            "tests/test_a.py": "from pkg.names import FIRST\ndef test_a(): pass\n",
            "tests/test_b.py": "import pkg.nmaes\n",
            "tests/test_c.py": "def test_c(:\n",
            "tests/test_d.py": "def test_d(): pass\n",
        }
    )
    run = bare_pytest.run(sandbox)

    assert run.completed
    results = {result.nodeid: result for result in run.results}
    assert results["tests/test_d.py::test_d"].outcome is Outcome.PASSED
    broken = [results[f"tests/test_{letter}.py"] for letter in "abc"]
    assert [r.outcome for r in broken] == [Outcome.ERROR] * 3
    assert [r.error_type for r in broken] == ["KeyError", "ModuleNotFoundError", "SyntaxError"]
    assert broken[0].frames == (("tests/test_a.py", 1), ("pkg/names.py", 2))
    assert broken[2].frames == (("tests/test_c.py", 1),)
    assert not any(probe_report.missing_module(r) for r in broken)
    assert {nodeid for nodeid, _ in run.errors} == {r.nodeid for r in broken}
    require_tests(run, sandbox, "pytest")  # there is something to repair

    sandbox.put({"pkg/names.py": b"FIRST = 1\n"})
    again = bare_pytest.run(sandbox, ["tests/test_a.py"])
    assert [(r.nodeid, r.outcome) for r in again.results] == [
        ("tests/test_a.py::test_a", Outcome.PASSED)
    ]


def test_a_conftest_that_own_code_breaks_is_a_failing_test(repository, bare_pytest):
    sandbox = repository(
        {
            "names.py": "FIRST = {}[0]\n",
            "tests/conftest.py": "import names\n",
            "tests/test_a.py": "def test_a(): pass\n",
        }
    )
    run = bare_pytest.run(sandbox)
    require_tests(run, sandbox, "pytest")
    assert not run.completed
    assert [(r.nodeid, r.outcome, r.frames[-1]) for r in run.results] == [
        ("tests/conftest.py", Outcome.ERROR, ("names.py", 1))
    ]
    sandbox.put({"names.py": b"FIRST = 0\n"})
    again = bare_pytest.run(sandbox, ["tests/conftest.py"])
    assert outcomes(again) == {"test_a": "passed"}


# ------------------------------------------------------------------- clear errors


def test_a_missing_package_is_named_with_the_interpreter(repository, bare_pytest):
    sandbox = repository({"test_a.py": "import nomspy.linalg\ndef test_a(): pass\n"})
    run = bare_pytest.run(sandbox)
    with pytest.raises(EnvironmentFailed, match=r"test_a\.py imports nomspy") as caught:
        require_tests(run, sandbox, "pytest")
    assert sandbox.python in str(caught.value)
    assert "pip install nomspy" in str(caught.value)


def test_the_repositorys_own_package_off_the_path_asks_for_its_installation(
    repository, bare_pytest
):
    sandbox = repository(
        {"src/ownpkg/__init__.py": "", "tests/test_a.py": "import ownpkg\ndef test_a(): pass\n"}
    )
    run = bare_pytest.run(sandbox)
    with pytest.raises(EnvironmentFailed, match="ownpkg") as caught:
        require_tests(run, sandbox, "pytest")
    assert "pip install -e ." in str(caught.value)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"test_a.py": "x = 1\n"}, "found no tests"),
        ({"pytest.ini": "[pytest]\naddopts = --nonsense\n", "test_a.py": ""}, "--nonsense"),
        ({"pytest.ini": "[pytest\n", "test_a.py": ""}, "pytest.ini"),
        ({"conftest.py": "1 / 0\n", "test_a.py": "def test_a(): pass\n"}, "ZeroDivisionError"),
    ],
)
def test_tests_that_cannot_be_collected_say_why(repository, bare_pytest, files, said):
    sandbox = repository(files)
    run = bare_pytest.run(sandbox)
    with pytest.raises(TestsUncollectable) as caught:
        require_tests(run, sandbox, "pytest")
    assert said in caught.value.message
    assert caught.value.hint


def test_an_interpreter_without_pytest_is_named(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    root = tmp_path / "repo"
    root.mkdir()
    (root / "test_a.py").write_text("def test_a(): pass\n")
    sandbox = LocalSandbox(Snapshot.of(root), python=tmp_path / "bare" / "bin" / "python")
    sandbox.start()
    try:
        with pytest.raises(EnvironmentFailed, match="pytest is not installed") as caught:
            PytestCommand().run(sandbox)
    finally:
        sandbox.close()
    assert str(tmp_path / "bare") in caught.value.message
    assert "-m pip install pytest" in caught.value.hint
    assert "--python" in caught.value.hint


# ------------------------------------------------------------------- coverage


def test_coverage_says_which_lines_each_test_ran_threads_too(repository, bare_pytest):
    sandbox = repository(
        {
            "pkg/__init__.py": "",
            "pkg/work.py": """\
                RATE = 2

                def twice(n):
                    if n > 10:
                        return 0
                    return n * RATE

                def idle():
                    return None
            """,
            "tests/test_a.py": """\
                import threading
                from pkg.work import twice

                def test_small():
                    assert twice(1) == 2

                def test_large():
                    thread = threading.Thread(target=twice, args=(11,))
                    thread.start()
                    thread.join()
            """,
        }
    )
    run = bare_pytest.run(sandbox, coverage=True)

    assert run.completed
    assert run.coverage["tests/test_a.py::test_small"]["pkg/work.py"] == {4, 6}
    assert run.coverage["tests/test_a.py::test_large"]["pkg/work.py"] == {4, 5}
    assert run.coverage["tests/test_a.py::test_small"]["tests/test_a.py"] == {5}
    assert run.coverage[IMPORT]["pkg/work.py"] == {1, 3, 8}
    assert set().union(*run.coverage.values()) == {"pkg/work.py", "tests/test_a.py"}


def test_coverage_survives_a_test_that_replaces_the_trace(repository, bare_pytest):
    sandbox = repository(
        {
            "work.py": "def f():\n    return 1\n",
            "test_a.py": """\
                import sys
                from work import f
                def test_a(): sys.settrace(None)
                def test_b(): f()
            """,
        }
    )
    run = bare_pytest.run(sandbox, coverage=True)
    assert run.coverage["test_a.py::test_b"]["work.py"] == {2}


def test_a_traced_run_tells_which_classes_names_held(repository, bare_pytest):
    sandbox = repository(
        {
            "work.py": """\
                class Sly(type):
                    __name__ = property(lambda self: 1 / 0)

                class Box(metaclass=Sly):
                    pass

                def mark(function):
                    return function

                @mark
                def pack(item, count=1):
                    box = Box()
                    if count > 1:
                        raise ValueError(item)
                    return [box]

                def steps(item):
                    yield str(item)
            """,
            "test_a.py": """\
                import pytest
                from work import pack, steps

                def test_a():
                    pack("x")
                    pack(None)
                    with pytest.raises(ValueError):
                        pack(3, 2)

                def test_b():
                    assert list(steps(1)) == ["1"]
            """,
        }
    )
    run = bare_pytest.run(sandbox, coverage=True)
    held = {(typed.path, typed.line): typed.names for typed in run.types}

    assert held["work.py", 10] == {
        "item": ("str", "NoneType", "int"),
        "count": ("int",),
        "box": ("Box",),
        "return": ("list",),
    }
    assert held["work.py", 17]["return"] == ("str",)
    assert not bare_pytest.run(sandbox).types


# ------------------------------------------------------------------- the report itself


DONE = Completed(returncode=0, output=b"", wall_s=1.0, cpu_s=1.0)


def lines(*events: dict[str, object]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def result(nodeid: str, outcome: str) -> dict[str, object]:
    return {
        "e": "result",
        "nodeid": nodeid,
        "outcome": outcome,
        "s": 0.1,
        "text": "",
        "type": "",
        "frames": [],
    }


def test_a_report_without_its_last_line_is_not_complete():
    whole = lines(result("a", "passed"), {"e": "end", "left": 0, "in_time": True})
    assert probe_report.read(whole).run(DONE).completed
    assert not probe_report.read(whole[:-3]).run(DONE).completed
    assert not probe_report.read(lines(result("a", "passed"))).run(DONE).completed
    left_over = lines(result("a", "passed"), {"e": "end", "left": 2, "in_time": True})
    assert not probe_report.read(left_over).run(DONE).completed
    assert not probe_report.read(b"").run(DONE).completed


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"3", b'{"e": "result"}', b'{"e": "lines", "nodeid": "a", "lines": {"x": "y"}}'],
)
def test_a_damaged_line_makes_the_run_incomplete(line: bytes):
    run = probe_report.read(line + b"\n" + lines({"e": "end", "left": 0, "in_time": True})).run(
        DONE
    )
    assert not run.completed


def test_two_results_of_one_name_count_as_the_worse():
    report = lines(
        result("a", "passed"), result("a", "failed"), {"e": "end", "left": 0, "in_time": True}
    )
    run = probe_report.read(report).run(DONE)
    assert [r.outcome for r in run.results] == [Outcome.FAILED]


def test_the_probe_is_one_that_old_pythons_can_read():
    tools = Path(probe_report.__file__).parent
    sent = {name.rpartition(".")[2] for name in probe_sources()}
    sent |= {"probe_learn", "worker_preload", "worker_watch"}
    sent |= {f"repair/{path.stem}" for path in (tools / "repair").glob("behaviour_*.py")}
    for name in sorted(sent):
        source = (tools / f"{name}.py").read_text("utf-8")
        compile(source, name, "exec", dont_inherit=True)
        import ast

        assert ast.parse(source, feature_version=(3, 8))
