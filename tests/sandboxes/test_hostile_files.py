"""Files that hostile code leaves behind, as fixit meets them; see `tests/attacks` for the rest."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox

from .conftest import KINDS

SHORT = RunLimits(wall_s=1.5, cpu_s=30.0)


def attack(sandbox: Sandbox, code: str, *, limits: RunLimits = SHORT) -> Completed:
    return sandbox.run(["python", "-c", textwrap.dedent(code)], limits=limits)


def test_the_users_original_is_not_what_lies_at_its_path(
    sandbox: Sandbox, repository: Path
) -> None:
    done = attack(sandbox, f"open({str(repository)!r} + '/mark', 'w').write('x')")
    assert not (repository / "mark").exists()
    assert done.returncode in (0, 1)


def test_no_more_than_a_few_hundred_processes_can_be_had(sandbox: Sandbox) -> None:
    done = attack(
        sandbox,
        """
        import os, time
        made = 0
        try:
            while made < 5000:
                if os.fork() == 0:
                    time.sleep(60); os._exit(0)
                made += 1
        except OSError:
            pass
        print(made)
        """,
        limits=RunLimits(wall_s=10),
    )
    assert done.returncode != 0 or 50 < int(done.output) < 300


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("hunter2")
    return file


def test_a_file_is_never_written_or_deleted_through_a_link(sandbox: Sandbox, secret: Path) -> None:
    attack(
        sandbox,
        f"""
        import os
        os.symlink({str(secret)!r}, "out-file")
        os.symlink({str(secret.parent)!r}, "out-folder")
        os.symlink("pkg", "in-folder")
        """,
    )
    sandbox.put({"out-file": b"overwritten"})
    for folder in ("out-folder", "in-folder"):
        with pytest.raises(SandboxError):
            sandbox.put({f"{folder}/{secret.name}": b"overwritten"})
        with pytest.raises(SandboxError):
            sandbox.put({f"{folder}/{secret.name}": None})
    assert secret.read_text() == "hunter2"
    assert sandbox.get("out-file") == b"overwritten"


def test_writing_a_file_does_not_change_another_that_is_hard_linked_to_it(
    sandbox: Sandbox,
) -> None:
    attack(sandbox, "import os; open('first', 'w').write('1'); os.link('first', 'second')")
    sandbox.put({"second": b"2"})
    assert (sandbox.get("first"), sandbox.get("second")) == (b"1", b"2")


def test_a_pipe_a_socket_or_a_folder_in_place_of_a_file_is_no_file(sandbox: Sandbox) -> None:
    attack(
        sandbox,
        """
        import os, socket
        os.mkfifo("pipe"); os.mkdir("folder")
        os.chdir("/tmp"); socket.socket(socket.AF_UNIX).bind("sock")
        """,
    )
    assert sandbox.get("pipe") is None
    assert sandbox.get("folder") is None
    sandbox.put({"pipe": b"now a file"})
    assert sandbox.get("pipe") == b"now a file"
    with pytest.raises(SandboxError):
        sandbox.put({"folder": b"x"})
    with pytest.raises(SandboxError):
        sandbox.put({"folder": None})


def test_a_huge_file_with_holes_is_read_only_as_far_as_asked(sandbox: Sandbox) -> None:
    attack(sandbox, "open('holes', 'wb').truncate(500_000_000)")
    assert sandbox.get("holes", max_bytes=1000) == b"\0" * 1000


def test_a_command_has_not_the_descriptors_of_fixit(sandbox: Sandbox) -> None:
    done = attack(sandbox, "import os; print(sorted(os.listdir('/proc/self/fd')))")
    assert done.output == b"['0', '1', '2', '3']\n"  # 3 is the folder that is listed


def test_time_passes_only_as_long_as_is_allowed(sandbox: Sandbox) -> None:
    begun = time.monotonic()
    attack(sandbox, "import time; time.sleep(60)", limits=RunLimits(wall_s=0.2))
    assert time.monotonic() - begun < 30


FILL = """
    import os
    for place in (".", PLACE):
        for number in range(40):
            try:
                with open(f"{place}/fill{number}", "wb", 0) as file:
                    for _ in range(50): file.write(b"x" * 1_000_000)
            except OSError:
                pass
    os.remove("pkg/zahl.py")
    """


@pytest.mark.parametrize("kind", KINDS)
def test_after_the_disk_was_filled_the_copy_is_as_it_was_last_put(
    kind: str, make: Callable[[str], Sandbox]
) -> None:
    sandbox = make(kind)
    sandbox.start()
    try:
        sandbox.put({"pkg/zahl.py": b"ONE = 11\n", "new.py": b"", "tool.sh": None})
        attack(sandbox, FILL.replace("PLACE", repr(sandbox.scratch)), limits=RunLimits(wall_s=30))
        sandbox.put({"pkg/zwei.py": b"x" * 1_000_000})
        assert sandbox.get("pkg/zahl.py") == b"ONE = 11\n"
        assert sandbox.run(["sh", "-c", "ls; ls pkg"]).output.split() == [
            b"new.py", b"pkg", b"__init__.py", b"zahl.py", b"zwei.py"
        ]  # fmt: skip
    finally:
        sandbox.close()


def test_a_program_that_is_kept_cannot_fill_the_disk_either(sandbox: Sandbox) -> None:
    before = sandbox.get("pkg/zahl.py")
    flood = "i=0; while :; do head -c 100000000 /dev/zero > f$i || rm f$i; i=$((i+1)); done"
    as_tests = "exec setpriv --reuid $(stat -c %u .) sh -c"  # as the worker's children are
    process = sandbox.spawn(["sh", "-c", f"echo up; {as_tests} '{flood}'"])  # type: ignore[attr-defined]
    assert process.stdout.read(3) == b"up\n"
    until = time.monotonic() + 60
    used = b""
    while process.alive() and time.monotonic() < until and used != b"100%":
        used = sandbox.run(["sh", "-c", "df . | tail -n 1"]).output.split()[4]
    process.kill()
    sandbox.put({"after": b"x" * 1_000_000})
    assert sandbox.get("pkg/zahl.py") == before
