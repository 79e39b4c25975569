"""What is the Docker sandbox's own: the daemon, the image, the container."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.clean import clean
from fixit_runtime.sandboxes.docker import DockerSandbox, check_docker
from fixit_runtime.sandboxes.snapshot import Snapshot

from .conftest import IMAGE

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def client(docker_missing: str) -> Iterator[Any]:
    if docker_missing:
        pytest.skip(docker_missing)
    made = docker.from_env()
    yield made
    made.close()


def containers(client: Any, *labels: str) -> list[Any]:
    return list(
        client.containers.list(
            all=True, ignore_removed=True, filters={"label": ["fixit=1", *labels]}
        )
    )


OWN = f"fixit.pid={os.getpid()}"


def test_the_container_is_hardened(make: Callable[[str], Sandbox], client: Any) -> None:
    sandbox = make("docker")
    sandbox.start()
    try:
        (container,) = containers(client, OWN)
        host, config = container.attrs["HostConfig"], container.attrs["Config"]
    finally:
        sandbox.close()
    assert host["NetworkMode"] == "none"
    assert host["IpcMode"] == "none"
    assert host["CapDrop"] == ["ALL"]
    assert {c.removeprefix("CAP_") for c in host["CapAdd"]} == {"SETUID", "SETGID", "KILL"}
    assert host["ReadonlyRootfs"]
    assert host["Init"]
    assert host["PidsLimit"] == 128
    assert host["Memory"] == host["MemorySwap"] > 0
    assert host["NanoCpus"] > 0
    assert host["LogConfig"]["Type"] == "none"
    assert not host["Binds"]
    assert not host["Privileged"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert any(o.startswith("seccomp=") and "io_uring_setup" in o for o in host["SecurityOpt"])
    assert not [e for e in config["Env"] if not e.startswith(("PATH=", "LANG="))]
    assert config["Labels"]["fixit.host"]


def test_closing_removes_the_container_and_may_be_repeated(
    make: Callable[[str], Sandbox], client: Any
) -> None:
    sandbox = make("docker")
    sandbox.start()
    assert len(containers(client, OWN)) == 1
    sandbox.close()
    assert containers(client, OWN) == []
    sandbox.close()


def test_a_container_that_somebody_removed_is_lost_and_says_so(
    make: Callable[[str], Sandbox], client: Any
) -> None:
    sandbox = make("docker")
    sandbox.start()
    try:
        (container,) = containers(client, OWN)
        container.remove(force=True)
        with pytest.raises(SandboxError, match="lost"):
            sandbox.run(["true"])
        with pytest.raises(SandboxError):
            sandbox.get("pkg/zahl.py")
    finally:
        sandbox.close()


def test_a_container_that_is_killed_under_a_command_is_lost_and_does_not_hang(
    make: Callable[[str], Sandbox], client: Any
) -> None:
    sandbox = make("docker")
    sandbox.start()
    try:
        (container,) = containers(client, OWN)
        killing = f"sleep 0.5; docker kill {container.id} >/dev/null"
        with subprocess.Popen(["sh", "-c", killing]), pytest.raises(SandboxError, match="lost"):
            sandbox.run(["sleep", "60"])
    finally:
        sandbox.close()


SLEEPER = """
import sys
from pathlib import Path
from fixit_runtime.sandboxes.clean import clean
from fixit_runtime.sandboxes.docker import DockerSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
sandbox = DockerSandbox(Snapshot.of(Path(sys.argv[1])), image=sys.argv[2])
sandbox.start()
print("up", flush=True)
sandbox.run(["sleep", "600"])
"""


def test_when_fixit_is_killed_its_container_goes(repository: Path, client: Any) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER, repository, IMAGE], stdout=subprocess.PIPE
    ) as fixit:
        assert fixit.stdout is not None
        assert fixit.stdout.readline() == b"up\n"
        mine = f"fixit.pid={fixit.pid}"
        assert len(containers(client, mine)) == 1
        fixit.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while containers(client, mine) and time.monotonic() < until:
        time.sleep(0.05)
    assert containers(client, mine) == []


STARTED = """
import sys
from pathlib import Path
from fixit_runtime.sandboxes import hardening
from fixit_runtime.sandboxes.snapshot import Snapshot
import docker
options = hardening.hardened(Snapshot.of(Path(sys.argv[1])), 256, 1)
print(docker.from_env().containers.create(sys.argv[2], **options).id)
"""


def crashed(repository: Path, client: Any) -> str:
    """The id of a container whose fixit died before it started it."""
    left = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STARTED, repository, IMAGE],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert left in {container.id for container in containers(client)}
    return left


def test_a_container_that_a_dead_run_never_started_is_removed_by_the_next(
    make: Callable[[str], Sandbox], repository: Path, client: Any
) -> None:
    left = crashed(repository, client)
    sandbox = make("docker")
    sandbox.start()
    try:
        found = {container.id for container in containers(client)}
        assert left not in found
        assert len(containers(client, OWN)) == 1  # the owner lives: kept by every other run
        left = crashed(repository, client)
        assert containers(client, OWN)[0].name not in clean()
        assert left not in {container.id for container in containers(client)}
    finally:
        sandbox.close()


def test_code_of_the_tests_cannot_reach_the_guard(
    make: Callable[[str], Sandbox], client: Any
) -> None:
    sandbox = make("docker")
    sandbox.start()
    try:
        code = """
import os, signal
for pid in (p for p in os.listdir("/proc") if p.isdigit()):
    if int(open(f"/proc/{pid}/status").read().split("Uid:")[1].split()[0]) == 0:
        acts = [lambda: os.kill(int(pid), signal.SIGKILL)]
        for name in ("fd/1", "mem", "environ"):
            acts.append(lambda n=name: open(f"/proc/{pid}/{n}").read(1))
        for act in acts:
            try:
                act(); print("REACHED", pid)
            except OSError:
                print("no")
"""
        done = sandbox.run(["python", "-c", code])
        assert set(done.output.split()) == {b"no"}
        assert sandbox.run(["echo", "well"]).output == b"well\n"
    finally:
        sandbox.close()


def test_an_image_that_is_not_there_is_not_downloaded(client: Any) -> None:
    with pytest.raises(SandboxError, match="docker pull no/such-image:1"):
        check_docker("no/such-image:1")


def test_an_image_without_a_shell_gets_a_message(
    repository: Path, client: Any, tmp_path: Path
) -> None:
    empty = client.api.import_image_from_data(b"\0" * 1024, repository="fixit-test-empty")
    assert "sha256" in empty
    try:
        sandbox = DockerSandbox(Snapshot.of(repository), image="fixit-test-empty")
        with pytest.raises(SandboxError):
            sandbox.start()
        assert containers(client, OWN) == []
    finally:
        client.images.remove("fixit-test-empty", force=True)


def test_without_a_daemon_the_message_says_how_to_start_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    with pytest.raises(SandboxError, match="systemctl start docker"):
        check_docker(IMAGE)
