"""Hostile code in each sandbox; what it did is looked for from outside."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox

SHORT = RunLimits(wall_s=1.5, cpu_s=30.0)


def attack(sandbox: Sandbox, code: str, *, limits: RunLimits = SHORT) -> Completed:
    return sandbox.run(["python", "-c", textwrap.dedent(code)], limits=limits)


def running_with(token: str) -> list[str]:
    """Processes of this machine, in containers too, whose command line holds a token."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and token in (entry / "cmdline").read_text(errors="replace"):
                found.append(entry.name)
        except OSError:
            continue
    return found


@pytest.fixture
def token() -> str:
    return f"token-{secrets.token_hex(8)}"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("0.0.0.0", 0)) as server:
        yield server


def test_a_service_of_the_host_and_the_internet_cannot_be_reached(
    sandbox: Sandbox, listener: socket.socket
) -> None:
    port = listener.getsockname()[1]
    hosts = [("127.0.0.1", port), ("172.17.0.1", port), ("1.1.1.1", 443), ("8.8.8.8", 53)]
    done = attack(
        sandbox,
        f"""
        import socket
        for place in {hosts!r}:
            try:
                socket.create_connection(place, timeout=0.5); print("REACHED", place)
            except OSError as error:
                print("no")
        try:
            socket.getaddrinfo("pypi.org", 443); print("REACHED")
        except OSError:
            print("no")
        """,
    )
    assert done.output == b"no\n" * 5


def test_a_socket_to_the_hypervisor_cannot_be_made(sandbox: Sandbox) -> None:
    done = attack(sandbox, "import socket; socket.socket(40, socket.SOCK_STREAM)")
    assert b"Address family not supported" in done.output


def test_files_of_the_host_cannot_be_read(sandbox: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "home" / ".ssh" / "id_rsa"
    secret.parent.mkdir(parents=True)
    secret.write_text("hunter2")
    places = [
        str(secret),
        "/etc/shadow",
        "/root/.ssh",
        "/var/run/docker.sock",
        str(Path.home() / ".ssh"),
    ]
    done = attack(
        sandbox,
        f"""
        import os
        for place in {places!r}:
            try:
                print("READ", os.listdir(place) if os.path.isdir(place) else open(place).read())
            except OSError:
                print("no")
        """,
    )
    assert done.output == b"no\n" * len(places)


def test_the_users_original_is_not_what_lies_at_its_path(
    sandbox: Sandbox, repository: Path
) -> None:
    done = attack(sandbox, f"open({str(repository)!r} + '/mark', 'w').write('x')")
    assert not (repository / "mark").exists()
    assert done.returncode in (0, 1)


def test_nothing_outside_can_be_written_or_deleted(sandbox: Sandbox, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("whole")
    name = f"fixit-attack-{secrets.token_hex(4)}"
    outside = [
        "/",
        "/usr",
        "/usr/bin",
        "/etc",
        "/home",
        "/root",
        "/var",
        "/opt",
        "/proc/sys",
        "/dev",
    ]
    done = attack(
        sandbox,
        f"""
        import os
        for folder in {outside!r}:
            try:
                open(folder + "/{name}", "w").write("x"); print("WROTE", folder)
            except OSError:
                print("no")
        for path in ({str(victim)!r}, "/usr/bin/env", "/bin/sh", {sys.executable!r}):
            try:
                os.remove(path); print("REMOVED", path)
            except OSError:
                print("no")
        """,
    )
    assert done.output == b"no\n" * (len(outside) + 4)
    assert not [f for f in outside if Path(f, name).exists()]
    assert victim.read_text() == "whole"


def test_settings_of_the_kernel_cannot_be_opened_for_writing(sandbox: Sandbox) -> None:
    done = attack(
        sandbox,
        """
        import os
        for top in ("/proc/sys", "/sys"):
            for folder, _, names in os.walk(top):
                for name in names:
                    try:
                        os.close(os.open(os.path.join(folder, name), os.O_WRONLY))
                        print("OPENED", folder, name)
                    except OSError:
                        pass
        for name in ("sysrq-trigger", "kcore", "kmsg"):
            try:
                os.close(os.open("/proc/" + name, os.O_WRONLY)); print("OPENED", name)
            except OSError:
                pass
        print("looked")
        """,
        limits=RunLimits(wall_s=30),
    )
    assert done.output == b"looked\n"


def test_it_has_no_capabilities_and_can_get_none(sandbox: Sandbox) -> None:
    status = attack(sandbox, "print(open('/proc/self/status').read())").output.decode()
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    assert {lines[f"Cap{kind}"].strip() for kind in ("Inh", "Prm", "Eff", "Amb")} == {"0" * 16}
    assert lines["NoNewPrivs"].strip() == "1"
    assert lines["Seccomp"].strip() == "2"
    assert "0" not in lines["Uid"].split()


def test_calls_that_attack_the_kernel_are_refused(sandbox: Sandbox) -> None:
    calls = {
        "ptrace": (101, 0, 0, 0, 0),
        "unshare new user": (272, 0x10000000, 0, 0, 0),
        "clone new user": (56, 0x10000011, 0, 0, 0),
        "mount": (165, 0, 0, 0, 0),
        "bpf": (321, 0, 0, 0, 0),
        "keyctl": (250, 0, 0, 0, 0),
        "perf_event_open": (298, 0, 0, 0, 0),
        "process_vm_readv": (310, 0, 0, 0, 0),
        "io_uring_setup": (425, 4, 0, 0, 0),
        "kexec_load": (246, 0, 0, 0, 0),
        "finit_module": (313, 0, 0, 0, 0),
        "userfaultfd": (323, 0, 0, 0, 0),
        "pivot_root": (155, 0, 0, 0, 0),
        "setns": (308, 0, 0, 0, 0),
    }
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers of these calls are those of x86-64")
    done = attack(
        sandbox,
        f"""
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        for name, call in {calls!r}.items():
            print(name, libc.syscall(*call), ctypes.get_errno())
        """,
    )
    assert done.output.decode().splitlines() == [f"{name} -1 1" for name in calls]


def test_devices_and_setuid_files_give_nothing(sandbox: Sandbox) -> None:
    done = attack(
        sandbox,
        """
        import os, shutil, stat
        try:
            os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0)); print("MADE")
        except OSError:
            print("no")
        shutil.copy("/usr/bin/env", "mine"); os.chmod("mine", 0o4755)
        print(os.popen("./mine id -u").read().strip() == str(os.getuid()))
        """,
    )
    assert done.output == b"no\nTrue\n"


def test_processes_of_the_host_are_neither_seen_nor_killed(sandbox: Sandbox, token: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "input()", token], stdin=subprocess.PIPE
    ) as victim:
        done = attack(
            sandbox,
            f"""
            import os, signal
            seen = [p for p in os.listdir("/proc") if p.isdigit()]
            token = "{token[:10]}" + "{token[10:]}"  # this code is on command lines itself
            print(any(token in open(f"/proc/{{pid}}/cmdline").read() for pid in seen))
            for pid in ({victim.pid}, {os.getpid()}):
                try:
                    os.kill(pid, signal.SIGKILL); print("KILLED")
                except OSError:
                    print("no")
            """,
        )
        assert victim.poll() is None
        victim.kill()
    assert done.output == b"False\nno\nno\n"


STUBBORN = """
    import os, signal, sys, time
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)
    for _ in range(2):  # twice, each its own session: nobody's child, in nobody's group
        if os.fork():
            {first_ends}
        os.setsid()
    os.execv(sys.executable, [sys.executable, "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)", "{token}"])
    """


def test_a_tree_that_ignores_signals_is_gone_at_the_wall_limit(
    sandbox: Sandbox, token: str
) -> None:
    done = attack(sandbox, STUBBORN.format(token=token, first_ends="time.sleep(600)"))
    assert done.timed_out
    assert running_with(token) == []


def test_daemons_that_a_command_leaves_behind_are_gone_when_it_ends(
    sandbox: Sandbox, token: str
) -> None:
    wait = "time.sleep(0.3); os._exit(7)"
    done = attack(sandbox, STUBBORN.format(token=token, first_ends=wait))
    assert (done.returncode, done.timed_out) == (7, False)
    assert running_with(token) == []


def test_a_fork_bomb_is_bounded_and_ended(sandbox: Sandbox, token: str) -> None:
    done = attack(
        sandbox,
        f"""
        import os, sys
        # {token}
        made = 0
        while True:
            try:
                if os.fork() == 0:
                    made = 0
                made += 1
            except OSError:
                pass
        """,
        limits=RunLimits(wall_s=0.5),
    )
    assert done.timed_out or done.returncode != 0
    assert running_with(token) == []
    assert sandbox.run(["echo", "well"]).output == b"well\n"


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


def test_a_memory_bomb_is_ended(sandbox: Sandbox) -> None:
    limits = RunLimits(wall_s=30, memory_mb=150)
    done = attack(sandbox, "x = bytearray(1_500_000_000); print(len(x))", limits=limits)
    assert done.returncode != 0
    assert b"1500000000" not in done.output
    assert sandbox.run(["echo", "well"]).output == b"well\n"


def test_a_memory_bomb_in_many_processes_is_ended(sandbox: Sandbox) -> None:
    limits = RunLimits(wall_s=30, memory_mb=150)
    bomb = """
        import os, time
        for _ in range(5): os.fork()
        x = os.urandom(1000) * 60_000  # 32 times 60 MB
        time.sleep(1)
        os.write(1, b"H")
        """
    assert attack(sandbox, bomb, limits=limits).output.count(b"H") <= 12


def test_files_in_memory_count_and_have_an_end(sandbox: Sandbox) -> None:
    limits = RunLimits(wall_s=30, memory_mb=150)
    for folder in ("/tmp", "/dev/shm"):
        fill = f"head -c 2000000000 /dev/zero > {folder}/fill"
        done = sandbox.run(
            ["sh", "-c", f"{fill}; code=$?; rm {folder}/fill; exit $code"], limits=limits
        )
        assert done.returncode != 0


def test_one_file_has_a_largest_size(sandbox: Sandbox) -> None:
    code = "import os; fd = os.open('big', os.O_CREAT | os.O_WRONLY); os.ftruncate(fd, 10**9)"
    assert attack(sandbox, code).returncode != 0


def test_a_flood_of_output_is_cut_and_ended(sandbox: Sandbox) -> None:
    limits = RunLimits(wall_s=1.0, output_bytes=5000)
    done = sandbox.run(["sh", "-c", "exec cat /dev/zero"], limits=limits)
    assert (len(done.output), done.truncated, done.timed_out) == (5000, True, True)


def test_open_files_are_limited(sandbox: Sandbox) -> None:
    code = "import os\nfor n in range(5000): os.dup(0)"
    assert b"Too many open files" in attack(sandbox, code).output


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("hunter2")
    return file


def test_a_link_left_behind_does_not_give_a_file_of_the_host(
    sandbox: Sandbox, secret: Path
) -> None:
    attack(
        sandbox,
        f"""
        import os
        os.symlink({str(secret)!r}, "link-to-file")
        os.symlink({str(secret.parent)!r}, "link-to-folder")
        os.symlink("/etc/passwd", {sandbox.scratch!r} + "/report.xml")
        """,
    )
    assert sandbox.get("link-to-file") is None
    assert sandbox.get(f"link-to-folder/{secret.name}") is None
    assert sandbox.get(f"{sandbox.scratch}/report.xml") is None


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


def test_folders_of_great_depth_and_without_rights_do_not_stop_the_clean_up(
    sandbox: Sandbox,
) -> None:
    done = attack(
        sandbox,
        """
        import os
        os.mkdir("deep"); os.chdir("deep")
        for _ in range(1500):
            os.mkdir("d"); os.chdir("d")
        os.mkdir("closed", 0); print("made")
        """,
    )
    assert done.output == b"made\n"  # and the fixture's close() then finds nothing left


def test_a_command_has_not_the_descriptors_of_fixit(sandbox: Sandbox) -> None:
    done = attack(sandbox, "import os; print(sorted(os.listdir('/proc/self/fd')))")
    assert done.output == b"['0', '1', '2', '3']\n"  # 3 is the folder that is listed


def test_time_passes_only_as_long_as_is_allowed(sandbox: Sandbox) -> None:
    begun = time.monotonic()
    attack(sandbox, "import time; time.sleep(60)", limits=RunLimits(wall_s=0.2))
    assert time.monotonic() - begun < 30
