"""Code under test that attacks the worker, or will not end: no run of it harms the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from textwrap import dedent, indent

import pytest

from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox
from fixit_runtime.tools.warm import WarmCommand
from tests.warm import BARE, KINDS, outcomes, sandbox_on

SHORT = RunLimits(wall_s=3.0, cpu_s=1.5)
FAR_BELOW_S = 20.0
# the body of `attack.of(n)`, which a test calls and expects 4 from
ATTACKS = {
    "kills its parent": "os.kill(os.getppid(), 9)",
    "stops its parent": "os.kill(os.getppid(), signal.SIGSTOP); os.kill(os.getpid(), 9)",
    "kills everybody": "os.kill(-1, 9)",
    "signals its group": "os.killpg(0, signal.SIGTERM)",
    "leaves with success": "os._exit(0)",
    "leaves while pytest ends": "import atexit; atexit.register(os._exit, 0)",
    "writes to every descriptor": """
        for fd in range(256):
            try: os.write(fd, (5).to_bytes(4, "big") + b"false" + FORGED)
            except OSError: pass
    """,
    "writes through every descriptor of its parent": """
        for process in (1, os.getppid()):
            for fd in range(64):
                for how in (os.O_WRONLY, os.O_RDWR):
                    try: os.write(os.open(f"/proc/{process}/fd/{fd}", how), FORGED)
                    except OSError: pass
    """,
    "changes its parent's limits": """
        import resource
        for process in (1, os.getppid()):
            acts = [
                lambda: resource.prlimit(process, resource.RLIMIT_NOFILE, (0, 0)),
                lambda: resource.prlimit(process, resource.RLIMIT_CPU, (0, 1)),
                lambda: os.sched_setscheduler(process, os.SCHED_IDLE, os.sched_param(0)),
                lambda: os.setpriority(os.PRIO_PROCESS, process, 19),
                lambda: open(f"/proc/{process}/oom_score_adj", "w").write("1000"),
            ]
            for act in acts:
                try: act()
                except OSError: continue
                os.write(1, b"ESCAPED")
        os._exit(0)
    """,
    "writes into its parent's memory": """
        try: open(f"/proc/{os.getppid()}/mem", "r+b").write(b"x")
        except OSError: pass
        import ctypes
        ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)
    """,
    "closes every descriptor": "os.closerange(0, 1024)",
    "writes a report": """
        for name in ("fixit-report-x.jsonl", "report"):
            open(os.path.join(os.environ["HOME"], name), "wb").write(FORGED)
        os.write(1, FORGED); os._exit(0)
    """,
    "hangs and will not be told": """
        for number in IGNORED: signal.signal(number, signal.SIG_IGN)
        while True:
            try:
                while True: pass
            except BaseException: pass
    """,
    "sleeps": "__import__('time').sleep(1000)",
    "waits in the kernel": """
        os.mkfifo("/tmp/never")
        first = (os.POSIX_SPAWN_OPEN, 0, "/tmp/never", os.O_RDONLY, 0)
        os.posix_spawn("/bin/true", ["true"], os.environ, file_actions=[first])
    """,
    "becomes a daemon": """
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in IGNORED: signal.signal(number, signal.SIG_IGN)
                while True: open(MARK, "a").write("."); __import__("time").sleep(0.01)
            os._exit(0)
        __import__("time").sleep(0.1)
    """,
    "forks without end": """
        while True:
            try: os.fork()
            except OSError: pass
    """,
    "says too much": "while True: os.write(1, b'flood' * 10000)",
    "says too much in pieces": "while True: print('flood' * 1000)",
    "takes all memory": """
        held = []
        while True: held.append(bytearray(50_000_000))
    """,
    "fills the temporary folder": """
        n = 0
        while True:
            n += 1
            open(f"/tmp/{n}", "w").write("x" * 100_000)
    """,
    "nests folders": """
        os.chdir("/tmp")
        for _ in range(1500): os.mkdir("d"); os.chdir("d")
    """,
    "hides files": """
        os.makedirs("/tmp/a/b"); open("/tmp/a/b/c", "w")
        os.chmod("/tmp/a/b", 0); os.chmod("/tmp/a", 0)
        os.symlink("/", "/tmp/root"); os.mkfifo("/tmp/pipe")
    """,
}
ATTACK = """
    import os, signal
    MARK = {mark!r}
    IGNORED = set(range(1, 65)) - {{9, 19, 32, 33}}
    FORGED = b'{{"e": "result", "nodeid": "test_attack.py::test_it", "outcome": "passed",' \\
        b' "s": 0, "text": "", "type": "", "frames": []}}\\n' \\
        b'{{"e": "end", "left": 0, "in_time": true}}\\n'
    def of(n):
    {body}
        return n
"""
TESTS = """
    import attack, pathlib
    def test_it(): assert attack.of(2) == 4
"""
HONEST: dict[str, str | None] = {"attack.py": "def of(n): return n * 2\n"}


@pytest.fixture(scope="module", params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[WarmCommand, Sandbox]]:
    files = {"test_attack.py": TESTS, "attack.py": "def of(n): return n\n"}
    root = tmp_path_factory.mktemp("repo")
    with sandbox_on(request.param, root, files) as sandbox, WarmCommand(BARE) as warm:
        warm.run(sandbox)
        yield warm, sandbox


def attack(name: str, sandbox: Sandbox) -> dict[str, str | None]:
    body = indent(dedent(ATTACKS[name]).strip(), "    ")
    text = dedent(ATTACK).format(mark=f"{sandbox.workdir}/mark", body=body)
    return {"attack.py": text}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_no_pass_and_the_next_run_is_as_ever(
    name: str, place: tuple[WarmCommand, Sandbox]
) -> None:
    warm, sandbox = place
    candidates: list[dict[str, str | None]] = [attack(name, sandbox), HONEST, {}]
    cold_runs = warm.cold_runs

    first, honest, untouched = warm.run_candidates(sandbox, candidates, limits=SHORT)

    assert warm.cold_runs == cold_runs, warm.why_cold  # the worker is there

    assert Outcome.PASSED not in {result.outcome for result in first.results}
    assert "ESCAPED" not in first.output
    assert len(first.output) <= SHORT.output_bytes
    assert first.wall_s < FAR_BELOW_S
    assert outcomes(honest) == {"test_it": "passed"}
    assert honest.completed
    assert outcomes(untouched) == {"test_it": "failed"}
    assert sandbox.get("attack.py") == b"def of(n): return n\n"


def test_nothing_that_a_run_has_started_outlives_it(place: tuple[WarmCommand, Sandbox]) -> None:
    warm, sandbox = place
    list(warm.run_candidates(sandbox, [attack("becomes a daemon", sandbox)], limits=SHORT))
    written = sandbox.get("mark")
    assert written
    list(warm.run_candidates(sandbox, [HONEST] * 5, limits=SHORT))
    assert sandbox.get("mark") == written


def test_files_are_put_back_after_a_run_that_took_them_away(
    place: tuple[WarmCommand, Sandbox],
) -> None:
    warm, sandbox = place
    text = """
import os, shutil
shutil.rmtree("deep", ignore_errors=True)
os.remove("attack.py"); os.mkdir("attack.py"); open("attack.py/x", "w")
os.symlink("/etc", "deep")
def of(n): return n * 2
"""
    sandbox.put({"deep/inner.py": b"x = 1\n"})
    files = {"attack.py": text, "deep/inner.py": "x = 2\n"}
    (run,) = warm.run_candidates(sandbox, [files], limits=SHORT)
    assert outcomes(run) == {"test_it": "passed"}
    assert sandbox.get("attack.py") == b"def of(n): return n\n"
    assert sandbox.get("deep/inner.py") == b"x = 1\n"
    sandbox.put({"deep/inner.py": None})


def test_a_worker_that_was_killed_is_started_again(place: tuple[WarmCommand, Sandbox]) -> None:
    warm, sandbox = place
    for process in sandbox._spawned:  # type: ignore[attr-defined]
        process.kill()
    cold_runs, warm_runs = warm.cold_runs, warm.warm_runs

    (run,) = warm.run_candidates(sandbox, [HONEST], limits=SHORT)

    assert outcomes(run) == {"test_it": "passed"}
    assert (warm.cold_runs, warm.warm_runs) == (cold_runs, warm_runs + 1), warm.why_cold


def test_pytest_that_was_patched_in_one_run_is_whole_in_the_next(
    place: tuple[WarmCommand, Sandbox],
) -> None:
    warm, sandbox = place
    text = """
import _pytest.runner, pluggy
_pytest.runner.call_and_report = None
pluggy.HookCaller.__call__ = lambda *a, **k: None
def of(n): return n
"""
    runs = list(warm.run_candidates(sandbox, [{"attack.py": text}, {}, HONEST], limits=SHORT))
    assert outcomes(runs[1]) == {"test_it": "failed"}
    assert outcomes(runs[2]) == {"test_it": "passed"}


def test_memory_is_bounded_by_the_runs_own_limit(place: tuple[WarmCommand, Sandbox]) -> None:
    warm, sandbox = place
    small = replace(SHORT, memory_mb=300)
    files = {"attack.py": "held = bytearray(900_000_000)\ndef of(n): return n * 2\n"}
    runs = list(warm.run_candidates(sandbox, [files, HONEST], limits=small))
    assert outcomes(runs[0]) != {"test_it": "passed"}
    assert outcomes(runs[1]) == {"test_it": "passed"}
