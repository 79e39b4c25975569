"""What `Sandbox` promises, held by each kind that runs real commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import RunLimits, Sandbox

from .conftest import KINDS

SHORT = RunLimits(wall_s=1.0, cpu_s=30.0)


def test_a_command_gives_its_return_code_and_both_streams_in_order(sandbox: Sandbox) -> None:
    done = sandbox.run(["sh", "-c", "echo one; echo two >&2; echo three; exit 3"])
    assert (done.returncode, done.output) == (3, b"one\ntwo\nthree\n")
    assert not done.timed_out
    assert not done.truncated


def test_each_kind_is_a_sandbox(sandbox: Sandbox) -> None:
    assert isinstance(sandbox, Sandbox)


def test_a_command_that_dies_by_a_signal_has_a_negative_return_code(sandbox: Sandbox) -> None:
    assert sandbox.run(["sh", "-c", "kill -SEGV $$"]).returncode == -11


def test_a_command_that_does_not_exist_is_no_error_of_the_sandbox(sandbox: Sandbox) -> None:
    done = sandbox.run(["no-such-command"])
    assert done.returncode == 127
    assert b"no-such-command" in done.output


def test_input_larger_than_any_pipe_goes_in_while_output_comes_out(sandbox: Sandbox) -> None:
    data = bytes(range(256)) * 2000
    assert sandbox.run(["cat"], stdin=data).output == data


def test_a_command_that_does_not_read_its_input_ends(sandbox: Sandbox) -> None:
    assert sandbox.run(["true"], stdin=b"x" * 1_000_000).returncode == 0


def test_without_input_a_command_reads_the_end_at_once(sandbox: Sandbox) -> None:
    assert sandbox.run(["cat"], limits=SHORT).returncode == 0


def test_the_interpreter_runs_and_has_pytest(sandbox: Sandbox) -> None:
    done = sandbox.run([sandbox.python, "-c", "import pytest, ssl, ctypes; print('all there')"])
    assert done.output == b"all there\n"


def test_what_the_path_calls_python_is_the_same_interpreter(sandbox: Sandbox) -> None:
    done = sandbox.run(["python", "-c", "import sys; print(sys.executable)"])
    assert done.output.decode().strip() == sandbox.python


def test_commands_start_in_the_copy_or_where_they_are_told(sandbox: Sandbox) -> None:
    assert sandbox.run(["pwd"]).output.decode() == f"{sandbox.workdir}\n"
    assert sandbox.run(["pwd"], cwd="pkg").output.decode() == f"{sandbox.workdir}/pkg\n"
    assert sandbox.run(["pwd"], cwd=sandbox.scratch).output.decode() == f"{sandbox.scratch}\n"


def test_a_given_variable_is_seen_and_the_hosts_are_not(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIXIT_TEST_SECRET", "hunter2")
    seen = sandbox.run(["env"], env={"GIVEN": "a b=ü"}).output.decode()
    assert "GIVEN=a b=ü" in seen
    assert "hunter2" not in seen
    assert f"HOME={sandbox.scratch}" in seen
    assert "PYTHONDONTWRITEBYTECODE=1" in seen


def test_the_copy_the_scratch_and_the_temporary_folders_can_be_written(sandbox: Sandbox) -> None:
    places = [f"{sandbox.workdir}/new", f"{sandbox.scratch}/new", "/tmp/new", "/dev/shm/new"]
    for place in places:
        assert sandbox.run(["sh", "-c", f"echo x > '{place}' && cat '{place}'"]).output == b"x\n"


def test_semaphores_and_processes_of_python_work(sandbox: Sandbox) -> None:
    code = (
        "from multiprocessing import get_context\n"
        "c = get_context('fork'); q = c.Queue(); p = c.Process(target=q.put, args=(7,))\n"
        "p.start(); print(q.get()); p.join()"
    )
    assert sandbox.run(["python", "-c", code]).output == b"7\n"


def test_execute_bits_and_contents_are_copied(sandbox: Sandbox) -> None:
    assert sandbox.run(["./tool.sh"]).output == b"tool\n"
    assert sandbox.run(["test", "-x", "pkg/zahl.py"]).returncode == 1
    assert sandbox.run(["test", "-e", ".git"]).returncode == 1


def test_files_go_in_and_come_out(sandbox: Sandbox) -> None:
    sandbox.put(
        {
            "pkg/zwei.py": b"TWO = 2\n",
            "neu/tief/ä b.txt": b"\0\xff" * 1000,
            f"{sandbox.scratch}/leer": b"",
        }
    )
    assert sandbox.get("pkg/zwei.py") == b"TWO = 2\n"
    assert sandbox.get("pkg/zahl.py") == b"ONE = 1\n"
    assert sandbox.get("neu/tief/ä b.txt") == b"\0\xff" * 1000
    assert sandbox.get(f"{sandbox.scratch}/leer") == b""
    assert sandbox.run(["python", "-c", "import pkg.zwei as z; print(z.TWO)"]).output == b"2\n"


def test_code_inside_may_change_and_remove_what_was_put(sandbox: Sandbox) -> None:
    sandbox.put({"mine/a.txt": b"1"})
    done = sandbox.run(["sh", "-c", "echo 2 >> mine/a.txt && cat mine/a.txt && rm -r mine"])
    assert (done.returncode, done.output) == (0, b"12\n")


def test_at_most_so_many_bytes_come_out(sandbox: Sandbox) -> None:
    sandbox.put({"big": b"abc" * 1000})
    assert sandbox.get("big", max_bytes=4) == b"abca"


def test_a_replaced_file_keeps_its_execute_bit(sandbox: Sandbox) -> None:
    sandbox.run(["cp", "tool.sh", "other.sh"])
    sandbox.put({"other.sh": b"#!/bin/sh\necho new\n"})
    assert sandbox.run(["./other.sh"]).output == b"new\n"


def test_none_deletes_a_file_and_may_be_repeated(sandbox: Sandbox) -> None:
    sandbox.put({"gone/a": b"", "gone/b": b""})
    for _ in range(2):
        sandbox.put({"gone/a": None, "nowhere/at/all": None})
    assert sandbox.get("gone/a") is None
    assert sandbox.run(["ls", "gone"]).output == b"b\n"


@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "pkg/../../out", "", "a\0b"])
def test_paths_that_lead_out_are_refused(sandbox: Sandbox, path: str) -> None:
    with pytest.raises(SandboxError):
        sandbox.put({path: b"x"})
    with pytest.raises(SandboxError):
        sandbox.get(path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_users_tree_is_never_written(
    kind: str, make: Callable[[str], Sandbox], repository: Path
) -> None:
    before = {p: p.read_bytes() for p in repository.rglob("*") if p.is_file()}
    sandbox = make(kind)
    sandbox.start()
    sandbox.put({"pkg/zahl.py": b"ONE = 3\n", "tool.sh": None, "new.py": b""})
    assert sandbox.run(["sh", "-c", "rm -r pkg && echo x > made-inside"]).returncode == 0
    sandbox.close()
    after = {p: p.read_bytes() for p in repository.rglob("*") if p.is_file()}
    assert after == before


def test_two_sandboxes_do_not_share_anything(
    sandbox: Sandbox, make: Callable[[str], Sandbox]
) -> None:
    other = make(sandbox.name)
    other.start()
    try:
        sandbox.put({"mark": b"x", f"{sandbox.scratch}/mark": b"x"})
        assert other.get("mark") is None
        assert other.get(f"{other.scratch}/mark") is None
    finally:
        other.close()


def test_output_past_the_limit_is_dropped_and_the_command_still_ends(sandbox: Sandbox) -> None:
    limits = RunLimits(output_bytes=1000)
    done = sandbox.run(["sh", "-c", "head -c 3000000 /dev/zero; exit 5"], limits=limits)
    assert (len(done.output), done.truncated, done.returncode) == (1000, True, 5)


def test_a_command_is_ended_at_its_wall_limit(sandbox: Sandbox) -> None:
    done = sandbox.run(["sh", "-c", "echo begun; sleep 60"], limits=SHORT)
    assert (done.timed_out, done.returncode, done.output) == (True, -9, b"begun\n")


def test_a_busy_process_is_ended_at_its_cpu_limit(sandbox: Sandbox) -> None:
    done = sandbox.run(["python", "-c", "while 1: pass"], limits=RunLimits(wall_s=60, cpu_s=1))
    assert done.timed_out
    assert done.returncode < 0
    assert done.cpu_s >= 0.9


def test_busy_children_count_against_the_cpu_limit_of_the_whole(sandbox: Sandbox) -> None:
    busy = "import os\nfor _ in range(3): os.fork()\nwhile 1: pass"
    done = sandbox.run(["python", "-c", busy], limits=RunLimits(wall_s=60, cpu_s=1))
    assert done.timed_out
    assert 0.9 <= done.cpu_s < 8  # none of the eight came to the limit of one process


def test_cpu_seconds_of_children_are_counted(sandbox: Sandbox) -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    done = sandbox.run(["sh", "-c", f"python -c '{busy}'; python -c '{busy}'"])
    assert done.returncode == 0
    assert done.cpu_s >= 0.55


def test_starting_twice_keeps_the_copy(sandbox: Sandbox) -> None:
    sandbox.put({"mark": b"x"})
    sandbox.start()
    assert sandbox.get("mark") == b"x"


@pytest.mark.parametrize("kind", KINDS)
def test_a_sandbox_works_only_between_start_and_close(
    kind: str, make: Callable[[str], Sandbox]
) -> None:
    sandbox = make(kind)
    sandbox.close()
    with pytest.raises(SandboxError):
        sandbox.run(["true"])
    sandbox.start()
    sandbox.close()
    sandbox.close()
    for use in (
        lambda: sandbox.run(["true"]),
        lambda: sandbox.get("a"),
        lambda: sandbox.put({"a": b""}),
    ):
        with pytest.raises(SandboxError):
            use()


def test_a_spawned_program_answers_until_it_is_killed(sandbox: Sandbox) -> None:
    process = sandbox.spawn(["sh", "-c", 'echo "here $GIVEN"; exec cat'], env={"GIVEN": "too"})  # type: ignore[attr-defined]
    assert process.stdout.read(100) == b"here too\n"
    for word in (b"one", b"two"):
        process.stdin.write(word)
        assert process.stdout.read(100) == word
    assert process.alive()
    process.kill()
    process.kill()
    assert not process.alive()


@pytest.mark.parametrize("kind", KINDS)
def test_a_spawned_program_ends_with_its_sandbox(kind: str, make: Callable[[str], Sandbox]) -> None:
    sandbox = make(kind)
    sandbox.start()
    process = sandbox.spawn(["cat"])  # type: ignore[attr-defined]
    sandbox.close()
    assert not process.alive()
