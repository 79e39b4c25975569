"""What fixit asks of daemons that are not here: newer ones, rootless ones, Podman.

The daemon is an HTTP server of the test's own, which answers as they document and remembers what
it was asked for. That a container then holds is shown on a real daemon, in `test_docker`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.docker import DockerSandbox
from fixit_runtime.sandboxes.guard import is_limited
from fixit_runtime.sandboxes.snapshot import Snapshot

INFO = {"NCPU": 4, "MemoryLimit": True, "PidsLimit": True, "CpuCfsQuota": True}
VERSION = {"ApiVersion": "1.52", "MinAPIVersion": "1.44", "Components": [{"Name": "Engine"}]}
Start = Callable[..., "Daemon"]


class Daemon:
    """Says what it is, and creates no container."""

    def __init__(self, info: dict[str, Any], version: dict[str, Any]) -> None:
        self.paths: list[str] = []
        self.created: dict[str, Any] = {}
        self.profile = ""
        daemon = self
        answers = {
            "/version": version,
            "/info": info,
            "/images/some:1/json": {"Id": "sha256:1", "Config": {}},
            "/containers/json": [],
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                daemon.paths.append(self.path)
                path = "/" + self.path.partition("?")[0].removeprefix("/v1.52/").lstrip("/")
                self.answer(200, answers[path])

            def do_POST(self) -> None:
                daemon.paths.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                daemon.created = json.loads(body)["HostConfig"]
                for option in daemon.created["SecurityOpt"]:
                    if option.startswith("seccomp=/"):
                        daemon.profile = Path(option.removeprefix("seccomp=")).read_text()
                self.answer(500, {"message": "no room for a container"})

            def answer(self, status: int, body: object) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Tries to start a sandbox on a daemon of this kind, which fails with these words."""
    daemons: list[Daemon] = []

    def started(
        words: str, info: dict[str, Any] | None = None, version: dict[str, Any] | None = None
    ) -> Daemon:
        daemon = Daemon({**INFO, **(info or {})}, {**VERSION, **(version or {})})
        daemons.append(daemon)
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{daemon.server.server_port}")
        with pytest.raises(SandboxError, match=words):
            DockerSandbox(Snapshot.of(tmp_path), image="some:1").start()
        return daemon

    yield started
    for daemon in daemons:
        daemon.server.shutdown()
        daemon.server.server_close()


def test_a_later_daemon_is_asked_in_its_own_version(start: Start) -> None:
    daemon = start("no room for a container")
    assert all(path == "/version" or path.startswith("/v1.52/") for path in daemon.paths)
    assert daemon.created["NanoCpus"] == 2_000_000_000


def test_with_control_groups_of_version_2_the_container_has_its_own(start: Start) -> None:
    assert "CgroupnsMode" not in start("no room").created
    assert start("no room", {"CgroupVersion": "2"}).created["CgroupnsMode"] == "private"


@pytest.mark.parametrize(
    ("missing", "words"), [("MemoryLimit", "limit the memory"), ("PidsLimit", "the processes")]
)
def test_a_daemon_that_cannot_limit_a_container_is_refused(
    missing: str, words: str, start: Start
) -> None:
    assert not start(words, {missing: False}).created


@pytest.mark.parametrize(
    ("seen", "holds"),
    [("1000", True), ("999", True), ("?", True), ("max", False), ("9223372036854771712", False)],
)
def test_a_limit_that_the_container_does_not_see_is_none(seen: str, holds: bool) -> None:
    assert is_limited(seen, 1000) is holds


def test_a_rootless_daemon_without_limits_on_processors_is_used(start: Start) -> None:
    assert "NanoCpus" not in start("no room", {"CpuCfsQuota": False}).created


def test_podman_gets_the_system_call_filter_as_a_file_and_mounts_that_it_knows(
    start: Start,
) -> None:
    podman = start("no room", version={"Components": [{"Name": "Podman Engine"}]})
    assert "io_uring_setup" in json.loads(podman.profile)["syscalls"][0]["names"]
    (option,) = (o for o in podman.created["SecurityOpt"] if o.startswith("seccomp="))
    assert not Path(option.removeprefix("seccomp=")).exists(), "it is gone with the start"
    known = {"rw", "nosuid", "nodev", "exec", "noexec", "mode", "size"}
    for options in podman.created["Tmpfs"].values():
        assert {word.partition("=")[0] for word in options.split(",")} <= known
