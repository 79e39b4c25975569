"""What the warm worker says of tests is what a new interpreter says."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import EnvironmentFailed
from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox, SuiteRun
from fixit_runtime.sandboxes.memory import MemorySandbox
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.warm import WarmCommand
from tests.warm import BARE, KINDS, outcomes, sandbox_on, verdicts

SHORT = RunLimits(wall_s=8.0, cpu_s=1.5)
CASES = {
    "outcomes": """
        import pytest, unittest
        def helper(n): return {}[n]
        def test_passes(): pass
        def test_fails(): assert [1, 2] == [1, 3]
        def test_raises(): helper(1)
        @pytest.mark.skip(reason="later")
        def test_skipped(): pass
        @pytest.mark.xfail
        def test_expected(): assert False
        @pytest.mark.xfail
        def test_unexpected(): pass
        @pytest.mark.xfail(strict=True)
        def test_strict(): pass
        @pytest.fixture
        def broken(): raise OSError("no disk")
        def test_set_up(broken): pass
        @pytest.fixture
        def leaky():
            yield
            raise OSError("no disk")
        def test_tear_down(leaky): pass
        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_parameters(n): assert n != 2
        class TestOld(unittest.TestCase):
            def setUp(self): self.n = 1
            def test_method(self): self.assertEqual(self.n, 1)
            @unittest.expectedFailure
            def test_wrong(self): self.assertEqual(self.n, 2)
            def test_parts(self):
                for n in (1, 2):
                    with self.subTest(n=n): self.assertEqual(n, 1)
    """,
    "state": """
        import decimal, random, counted_state
        def test_a_module_is_new():
            counted_state.seen.append(1)
            assert counted_state.seen == [1]
        def test_and_stays_in_one_run(): assert counted_state.seen == [1]
        def test_the_context(): assert decimal.getcontext().prec == 28
        def test_chance(): assert random.random() != random.random()
    """,
    "threads": """
        import threading, time, concurrent.futures
        def test_worker():
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                assert list(pool.map(str, [1, 2])) == ["1", "2"]
        def test_left_behind(): threading.Thread(target=time.sleep, args=(0.05,)).start()
        def test_daemon(): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        def test_who(): assert threading.current_thread() is threading.main_thread()
        def test_raises_elsewhere():
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start(); thread.join()
    """,
    "files": """
        import os, pathlib, tempfile
        def test_tmp_path(tmp_path, tmp_path_factory):
            (tmp_path / "x").write_text("1")
            assert tmp_path_factory.mktemp("more").is_dir()
        def test_temporary():
            with tempfile.TemporaryDirectory() as folder: assert os.listdir(folder) == []
        def test_monkeypatch(monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path); monkeypatch.setenv("NAME", "x")
            monkeypatch.setattr(os, "getpid", lambda: 7)
            assert os.getpid() == 7 and os.environ["NAME"] == "x" and not os.listdir(".")
        def test_undone(): assert "NAME" not in os.environ and os.getpid() != 7
        def test_broken_tools(monkeypatch):
            for name in ("write", "open", "getpid", "fork"): monkeypatch.delattr(os, name)
            assert 0
        def test_pathlib(monkeypatch):
            monkeypatch.setattr(pathlib.Path, "__init__", None)
    """,
    "capture": """
        import logging, os, subprocess, sys, warnings
        def test_print(capsys):
            print("out"); print("err", file=sys.stderr)
            assert capsys.readouterr() == ("out\\n", "err\\n")
        def test_descriptors(capfd):
            os.write(1, b"raw"); subprocess.run(["echo", "child"])
            assert capfd.readouterr().out == "rawchild\\n"
        def test_logs(caplog):
            logging.getLogger("x").warning("careful %d", 1)
            assert caplog.messages == ["careful 1"]
        def test_warnings(recwarn):
            warnings.warn("old", DeprecationWarning)
            assert len(recwarn) == 1
        def test_shown():
            print("the clue"); logging.getLogger("x").error("and another")
            assert 0
        def test_input(): input()
        def test_stdin(): assert sys.stdin.read() == ""
    """,
    "asynchronous": """
        import asyncio
        async def slow(n):
            await asyncio.sleep(0.001)
            return n
        def test_runs():
            async def both(): return await asyncio.gather(slow(1), slow(2))
            assert asyncio.run(both()) == [1, 2]
        def test_fails(): assert asyncio.run(slow(1)) == 2
        async def test_not_awaited(): assert await slow(1)
        def test_subprocess():
            async def echo():
                process = await asyncio.create_subprocess_exec("echo", "x", stdout=-1)
                return (await process.communicate())[0]
            assert asyncio.run(echo()) == b"x\\n"
    """,
    "processes": """
        import multiprocessing, os, signal, subprocess, sys
        def double(n): return n * 2
        def test_fork():
            with multiprocessing.get_context("fork").Pool(1) as pool:
                assert pool.map(double, [1, 2]) == [2, 4]
        def test_spawn():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                assert pool.map(double, [3]) == [6]
        def test_interpreter():
            code = "import sys, counted_state; print(len(sys.argv))"
            assert subprocess.check_output([sys.executable, "-c", code]) == b"1\\n"
        def test_signals():
            got = []
            signal.signal(signal.SIGUSR1, lambda *_: got.append(1))
            os.kill(os.getpid(), signal.SIGUSR1)
            assert got == [1]
        def test_interrupt():
            try: os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt: pass
        def test_child_dies():
            pid = os.fork()
            if pid == 0: os.abort()
            assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGABRT
    """,
    "broken": "import counted_state\nassert counted_state.missing\ndef test_a(): pass\n",
    "unreadable": "def test_a(: pass\n",
    "uninstalled": "import no_such_module_anywhere\ndef test_a(): pass\n",
    "skipped": "import pytest\npytest.skip('not here', allow_module_level=True)\n",
    "leaving": "import os\ndef test_a(): pass\ndef test_b(): os._exit(0)\ndef test_c(): pass\n",
    "exiting": "import sys\ndef test_a(): pass\ndef test_b(): sys.exit(0)\ndef test_c(): pass\n",
    "aborting": "import os\ndef test_a(): pass\ndef test_b(): os.abort()\ndef test_c(): pass\n",
    "hanging": "def test_a(): pass\ndef test_b():\n    while True: pass\ndef test_c(): pass\n",
    "quitting": """
        import pytest
        def test_a(): pass
        def test_b(): pytest.exit("enough")
        def test_c(): pass
    """,
    "at_exit": """
        import atexit, os
        atexit.register(os._exit, 0)
        def test_a(): assert 0
    """,
}
# what an interpreter that has just started knows of its surroundings
FACTS = """
    import gc, locale, os, resource, signal, sys, tempfile, threading, warnings
    def test_facts():
        names = {n for n in dir(resource) if n.startswith("RLIMIT_")} - {"RLIMIT_NPROC"}
        facts = {
            "environment": dict(os.environ), "path": sys.path, "flags": sys.flags,
            "argv": sys.argv, "folder": os.getcwd(), "mask": os.umask(0),
            "handlers": {n: str(signal.getsignal(n)) for n in range(1, 65)},
            "blocked": signal.pthread_sigmask(signal.SIG_BLOCK, []),
            "limits": {n: resource.getrlimit(getattr(resource, n)) for n in sorted(names)},
            "user": (os.getresuid(), os.getresgid(), os.getgroups()),
            "streams": [(s.encoding, s.errors) for s in (sys.__stdin__, sys.__stdout__)],
            "locale": locale.getpreferredencoding(), "collector": gc.get_threshold(),
            "threads": threading.active_count(), "options": sys.warnoptions,
            "temporary": tempfile.gettempdir(), "recursion": sys.getrecursionlimit(),
            "tracing": (sys.gettrace(), sys.getprofile()), "nice": os.nice(0),
            "main": sorted(vars(sys.modules["__main__"]).keys() & {"__file__", "__spec__"}),
            "finders": [str(f).partition(" object")[0] for f in sys.meta_path],
            "own": [os.access("/proc/self/" + n, os.R_OK) for n in ("fd", "mem", "environ")],
            "descriptors": [os.readlink(f"/proc/self/fd/{n}") for n in (0,)],
            "privileges": [l for l in open("/proc/self/status") if l[:3] in ("Cap", "NoN", "Sec")],
        }
        raise AssertionError(repr(facts))
"""


@pytest.fixture(scope="module", params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[WarmCommand, Sandbox]]:
    """One sandbox of each kind with all cases in it, and a worker that has learned from them."""
    files = {f"{name}/test_{name}.py": text for name, text in CASES.items()}
    files |= {"facts/test_facts.py": FACTS, "conftest.py": "", "counted_state.py": "seen = []\n"}
    root = tmp_path_factory.mktemp("mein Gerät")
    with sandbox_on(request.param, root, files) as sandbox, WarmCommand(BARE) as warm:
        warm.run(sandbox, ["outcomes/test_outcomes.py"])
        yield warm, sandbox


def assert_equal(warm: SuiteRun, cold: SuiteRun) -> None:
    assert verdicts(warm) == verdicts(cold)
    assert (warm.completed, warm.returncode) == (cold.completed, cold.returncode)
    assert [nodeid for nodeid, _ in warm.errors] == [nodeid for nodeid, _ in cold.errors]


@pytest.mark.parametrize("case", CASES)
def test_a_run_in_a_fork_gives_the_verdicts_of_a_new_interpreter(
    case: str, place: tuple[WarmCommand, Sandbox]
) -> None:
    warm, sandbox = place
    names = [f"{case}/test_{case}.py"]
    cold = warm.cold.run(sandbox, names, limits=SHORT)
    cold_runs = warm.cold_runs

    for _ in range(2):  # the second finds nothing of the first
        assert_equal(warm.run(sandbox, names, limits=SHORT), cold)
    assert warm.cold_runs == cold_runs, warm.why_cold


def test_a_fork_is_in_the_state_of_a_new_interpreter(place: tuple[WarmCommand, Sandbox]) -> None:
    warm, sandbox = place
    names = ["facts/test_facts.py"]
    texts = [c.run(sandbox, names, limits=SHORT).results[0].text for c in (warm.cold, warm)]
    cold, mine = (re.sub(r"0x[0-9a-f]+", "0x", text) for text in texts)
    assert mine == cold
    assert "PYTEST_DISABLE_PLUGIN_AUTOLOAD" in mine


def test_edits_between_runs_are_seen_at_once(place: tuple[WarmCommand, Sandbox]) -> None:
    warm, sandbox = place
    seen = []
    sandbox.put({"edited/test_edited.py": b"import edited\ndef test(): assert edited.N == 2\n"})
    for digit in (b"1", b"2", b"3", b"2"):
        sandbox.put({"edited.py": b"N = %s\n" % digit})
        seen.append(outcomes(warm.run(sandbox, ["edited/test_edited.py"]))["test"])
    sandbox.put({"edited.py": None, "edited/test_edited.py": None})
    assert seen == ["failed", "passed", "failed", "passed"]


def test_it_stops_at_the_first_failure_and_collects_like_the_cold_command(
    place: tuple[WarmCommand, Sandbox],
) -> None:
    warm, sandbox = place
    names = ["outcomes/test_outcomes.py"]
    runs = [c.run(sandbox, names, stop_at_first_failure=True) for c in (warm, warm.cold)]
    assert_equal(*runs)
    assert len(runs[0].results) == 2
    assert warm.collect(sandbox) == warm.cold.collect(sandbox)
    assert warm.run(sandbox, []).results == ()


def test_a_fork_runs_the_lines_that_a_new_interpreter_runs(
    place: tuple[WarmCommand, Sandbox],
) -> None:
    warm, sandbox = place
    names = [f"{case}/test_{case}.py" for case in ("outcomes", "state", "threads")]
    cold = warm.cold.run(sandbox, names, coverage=True)
    cold_runs = warm.cold_runs

    run = warm.run(sandbox, names, coverage=True)

    assert run.coverage == cold.coverage
    assert run.coverage["<import>"]["counted_state.py"] == {1}
    assert_equal(run, cold)
    assert warm.cold_runs == cold_runs, warm.why_cold


def test_candidates_are_run_one_after_the_other_on_the_copy_as_it_was(
    place: tuple[WarmCommand, Sandbox],
) -> None:
    warm, sandbox = place
    sandbox.put({"cost/test_price.py": b"import price\ndef test(): assert price.of(2) == 4\n"})
    sandbox.put({"price.py": "def of(n): return n\n# é\r\n".encode()})
    wrong = {"price.py": "def of(n): return n + 1\n"}
    right = {"price.py": "from deep.er import f as of\n", "deep/er.py": "def f(n): return n * 2\n"}
    gone: dict[str, str | None] = {"price.py": None}
    names = ["cost/test_price.py"]

    runs = list(warm.run_candidates(sandbox, [wrong, right, gone, {}, right], names))

    found = [run.results[0].outcome for run in runs]
    red, green = Outcome.FAILED, Outcome.PASSED
    assert found == [red, green, Outcome.ERROR, red, green]
    assert sandbox.get("price.py") == "def of(n): return n\n# é\r\n".encode()
    assert sandbox.get("deep/er.py") is None
    sandbox.put({"price.py": None, "cost/test_price.py": None})


@pytest.mark.parametrize("kind", ["local"])
def test_files_that_a_test_leaves_in_tmp_are_gone_in_the_next_run(
    kind: str, tmp_path: Path
) -> None:
    source = """
        import os
        def test_first_time():
            for folder in ("/tmp", "/dev/shm", "/var/tmp"):
                os.makedirs(folder + "/mine/deep", exist_ok=False)
                os.chmod(folder + "/mine", 0)
    """
    with sandbox_on(kind, tmp_path, {"test_a.py": source}) as sandbox, WarmCommand(BARE) as warm:
        for _ in range(3):
            assert outcomes(warm.run(sandbox)) == {"test_first_time": "passed"}
        assert warm.cold_runs == 0


def test_a_port_and_shared_memory_that_a_run_leaves_are_free_in_the_next(tmp_path: Path) -> None:
    source = """
        import socket
        def test_port():
            with socket.socket() as server:
                server.bind(("127.0.0.1", 8000)); server.listen()
                with socket.create_connection(("127.0.0.1", 8000)) as client:
                    server.accept()[0].close()
                    client.recv(1)
    """
    with sandbox_on("local", tmp_path, {"test_a.py": source}) as sandbox, WarmCommand(BARE) as warm:
        for _ in range(3):
            assert outcomes(warm.run(sandbox)) == {"test_port": "passed"}
        assert warm.cold_runs == 0


def test_the_users_arguments_and_environment_reach_the_fork(tmp_path: Path) -> None:
    files = {
        "lib/found.py": "N = 1\n",
        "unit/test_a.py": """
            import os, found
            def test_fast(): assert os.environ["MODE"] == "ci" and found.N == 1
            def test_slow(): pass
        """,
    }
    env = {**BARE.env, "MODE": "ci", "PYTHONPATH": "lib"}
    command = PytestCommand(("unit", "-k", "fast"), env, "MODE=ci pytest unit -k fast")
    with sandbox_on("local", tmp_path, files) as sandbox, WarmCommand(command) as warm:
        assert_equal(warm.run(sandbox), command.run(sandbox))
        assert outcomes(warm.run(sandbox)) == {"test_fast": "passed"}
        assert warm.cold_runs == 0
        assert warm.text == command.text


def test_a_sandbox_that_keeps_no_process_is_served_cold_and_that_is_said() -> None:
    said: list[str] = []
    sandbox = MemorySandbox({"test_a.py": b""})
    sandbox.start()
    warm = WarmCommand(BARE, say=said.append)
    with pytest.raises(EnvironmentFailed):  # for want of an interpreter
        warm.run(sandbox)
    assert warm.cold_runs == 1
    assert "a memory sandbox keeps no process" in said[0]
    assert warm.why_cold in said[0]


def test_the_repositorys_own_modules_are_imported_by_each_run_and_those_of_others_before(
    tmp_path: Path,
) -> None:
    files = {
        "conftest.py": """
            import sys
            ours = [n for n in ("shop", "shop.inner", "test_shop", "helpers") if n in sys.modules]
            theirs = "fractions" in sys.modules
            def pytest_report_header(config): return f"ours {ours} theirs {theirs}"
        """,
        "shop/__init__.py": "from shop import inner\n",
        "shop/inner.py": "import fractions\n",
        "helpers.py": "",
        "test_shop.py": "import shop, helpers\ndef test(): pass\n",
    }
    with sandbox_on("local", tmp_path, files) as sandbox, WarmCommand(BARE) as warm:
        for _ in range(2):
            assert "ours [] theirs True" in warm.run(sandbox).output
        assert warm.cold_runs == 0


def test_what_a_cold_run_of_the_whole_suite_has_imported_is_not_collected_again(
    tmp_path: Path,
) -> None:
    files = {
        "test_few.py": """
            import sys
            def test_imported_by_others(): assert "fractions" in sys.modules
            def test_imported_while_they_run(): assert "wave" not in sys.modules
        """,
        "test_more.py": "import fractions\ndef test_late(): import wave\n",
    }
    with sandbox_on("local", tmp_path, files) as sandbox, WarmCommand(BARE) as warm:
        assert warm.cold.run(sandbox).completed

        run = warm.run(sandbox, ["test_few.py"])

        assert set(outcomes(run).values()) == {"passed"}
        assert_equal(warm.run(sandbox), warm.cold.run(sandbox))
        assert warm.cold_runs == 0


def test_a_repository_that_shadows_what_pytest_imports_is_run_cold(tmp_path: Path) -> None:
    files = {
        "iniconfig/__init__.py": (
            "import glob, sys\n"
            "found = glob.glob(sys.prefix + '/lib/python*/site-packages/iniconfig/__init__.py')\n"
            "OURS = True\n"
            "__path__ = [found[0][:-12]]\n"
            "exec(compile(open(found[0]).read(), found[0], 'exec'))\n"
        ),
        "test_a.py": "import iniconfig\ndef test_ours(): assert iniconfig.OURS\n",
    }
    with sandbox_on("local", tmp_path, files) as sandbox, WarmCommand(BARE) as warm:
        cold = warm.cold.run(sandbox)
        assert outcomes(cold) == {"test_ours": "passed"}
        assert_equal(warm.run(sandbox), cold)
        assert warm.cold_runs == 1
        assert "iniconfig" in warm.why_cold


def test_coroutines_that_a_plugin_runs_have_the_verdicts_of_a_new_interpreter(
    tmp_path: Path,
) -> None:
    pytest.importorskip("anyio", reason="the plugin comes with it")
    source = """
        import asyncio, pytest
        pytestmark = pytest.mark.anyio
        @pytest.fixture
        def anyio_backend(): return "asyncio"
        @pytest.fixture
        async def three():
            await asyncio.sleep(0)
            yield 3
        async def test_passes(three): assert await asyncio.sleep(0, three) == 3
        async def test_fails(three): assert await asyncio.sleep(0, three) == 4
        @pytest.mark.xfail
        async def test_expected(three): assert three == 4
        async def test_task_left_behind(): asyncio.create_task(asyncio.sleep(60))
        async def test_cancelled():
            task = asyncio.current_task()
            task.cancel()
            with pytest.raises(asyncio.CancelledError): await asyncio.sleep(0)
            task.uncancel()
        async def test_local(): assert asyncio.get_running_loop().is_running()
    """
    command = PytestCommand(("-p", "anyio"), BARE.env)
    with sandbox_on("local", tmp_path, {"test_a.py": source}) as box, WarmCommand(command) as warm:
        cold = command.run(box)
        assert outcomes(cold)["test_fails"] == "failed"
        assert outcomes(cold)["test_passes"] == outcomes(cold)["test_cancelled"] == "passed"
        for _ in range(2):
            assert_equal(warm.run(box), cold)
        assert warm.cold_runs == 0


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="needs a module that warns on import")
def test_what_warns_while_it_is_imported_warns_in_each_run(tmp_path: Path) -> None:
    files = {
        "pytest.ini": "[pytest]\nfilterwarnings = error\n",
        "test_a.py": """
            import warnings
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import cgi
            def test_a(): pass
        """,
        "test_b.py": "import cgi\ndef test_b(): pass\n",
    }
    with sandbox_on("local", tmp_path, files) as sandbox, WarmCommand(BARE) as warm:
        for names in (None, ["test_a.py"], ["test_b.py"]):
            assert_equal(warm.run(sandbox, names), warm.cold.run(sandbox, names))
        assert warm.cold_runs == 0


def test_what_a_plugin_imports_when_all_tests_are_done_is_imported_once(tmp_path: Path) -> None:
    pytest.importorskip("hypothesis")  # whose plugin imports it then
    test = "import sys\ndef test_it(): assert 'hypothesis.core' in sys.modules\n"
    with (
        sandbox_on("local", tmp_path, {"test_it.py": test}) as sandbox,
        WarmCommand(PytestCommand()) as warm,
    ):
        assert outcomes(warm.run(sandbox)) == {"test_it": "passed"}
