"""Which sandbox to use here, said aloud; never another one than was asked for."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

from fixit_runtime.agent.errors import SandboxError, UsageError
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.bwrap import find_bwrap
from fixit_runtime.sandboxes.images import build, cached, env_images
from fixit_runtime.sandboxes.interpreter import find_python, inspect_python
from fixit_runtime.sandboxes.private import OF_NO_USE
from fixit_runtime.sandboxes.recipe import Wanted
from fixit_runtime.sandboxes.snapshot import Snapshot

_SHOWN = 3
KINDS = ("auto", "docker", "local", "unsafe-local")


def choose(
    kind: str,
    snapshot: Snapshot,
    *,
    python: Path,
    image: str | None,
    base_image: str | None = None,
    ca_bundle: Path | None = None,
    say: Callable[[str], None],
) -> Callable[[], Sandbox]:
    """A maker of sandboxes of one kind: every call gives a new one, not started, on this snapshot.

    Args:
        kind: one of `KINDS`. `auto` takes Docker where a daemon answers and has the named image,
            or one that was built for this repository before; else bubblewrap. It never builds or
            downloads one.
        python: the interpreter of the local kinds.
        image: the one for Docker; None has one built, see `recipe`.
        base_image: what to build it on.
        ca_bundle: a file of certificates that the build trusts besides.
        say: gets one line on which kind, and why; one on files that tests may miss; and what
            is being built.

    Raises:
        SandboxError: the kind that was asked for cannot work here; or, for auto, none can.
        UsageError: there is no such kind, or no such file of certificates.
    """
    if kind not in KINDS:
        raise UsageError(
            f"there is no sandbox called {kind!r}", hint=f"Choose one of {', '.join(KINDS)}."
        )
    if missed := _missed(snapshot):
        say(f"left out of the copy: {missed}; tests that need it fail there")
    if kind == "unsafe-local":
        say("sandbox: unsafe-local, as asked: NOTHING is isolated, tests can harm this machine")
        return _unsafe(snapshot, python)

    def wanted() -> Wanted:
        version = _version(snapshot, python)
        return Wanted(snapshot, base_image, version, _certificates(ca_bundle))

    if kind == "docker":
        image = image or build(wanted(), say)
        make = make_docker(snapshot, image)
        say(f"sandbox: docker, as asked, image {image}")
        return make
    if kind == "local":
        make = make_local(snapshot, python)
        say(f"sandbox: local (bubblewrap), as asked, Python {python}")
        return make
    return _auto(snapshot, python, image, wanted, say)


def _missed(snapshot: Snapshot) -> str:
    """The files that tests may miss in the copy, with why they are not there."""
    shown = [entry for entry in snapshot.left_out if entry.reason not in OF_NO_USE]
    text = ", ".join(f"{_printable(e.path)} ({e.reason})" for e in shown[:_SHOWN])
    return text + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")


def _printable(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="replace")


def _auto(
    snapshot: Snapshot,
    python: Path,
    image: str | None,
    wanted: Callable[[], Wanted],
    say: Callable[[str], None],
) -> Callable[[], Sandbox]:
    try:
        image = image or (cached(wanted()) if env_images() else None)
        if image is None:
            why = "not docker: no image was named with --image, and --sandbox docker builds one"
        else:
            make = make_docker(snapshot, image)
            say(f"sandbox: docker, image {image} (the daemon answers and has it)")
            return make
    except SandboxError as error:
        why = f"not docker: {error.message}"
    try:
        make = make_local(snapshot, python)
    except SandboxError as error:
        message = f"no sandbox works here: {why}; {error.message}"
        raise SandboxError(message, hint=error.hint) from error
    say(f"sandbox: local (bubblewrap), Python {python} ({why})")
    return make


def make_local(snapshot: Snapshot, python: Path) -> Callable[[], Sandbox]:
    """Makes local sandboxes. Raises SandboxError where bubblewrap is missing."""
    find_bwrap()  # first: on other systems than Linux the rest cannot even be imported
    from fixit_runtime.sandboxes.local import LocalSandbox

    return lambda: LocalSandbox(snapshot, python=python)


def _certificates(ca_bundle: Path | None) -> bytes:
    if ca_bundle is None:
        return b""
    try:
        return ca_bundle.expanduser().read_bytes()
    except OSError as error:
        raise UsageError(
            f"the certificates in {ca_bundle} cannot be read: {error.strerror}",
            hint="Name a file in PEM format with FIXIT_CA_BUNDLE.",
        ) from error


def _version(snapshot: Snapshot, python: Path) -> str:
    """Which Python the tests want: what the repository says, or else the user's."""
    with contextlib.suppress(KeyError):
        if found := re.match(rb"\s*(3\.\d+)", snapshot.read(".python-version")):
            return found[1].decode()
    if python == Path(sys.executable):
        return f"{sys.version_info[0]}.{sys.version_info[1]}"
    try:
        return "{}.{}".format(*inspect_python(python, snapshot.root).version)
    except UsageError:
        return f"{sys.version_info[0]}.{sys.version_info[1]}"


def make_docker(snapshot: Snapshot, image: str) -> Callable[[], Sandbox]:
    """Makes Docker sandboxes. Raises SandboxError where there is no daemon or no such image."""
    from fixit_runtime.sandboxes.docker import DockerSandbox, check_docker

    check_docker(image)
    return lambda: DockerSandbox(snapshot, image=image)


def _unsafe(snapshot: Snapshot, python: Path) -> Callable[[], Sandbox]:
    from fixit_runtime.sandboxes.unsafe import UnsafeLocalSandbox

    return lambda: UnsafeLocalSandbox(snapshot, python=python)


__all__ = ["KINDS", "choose", "find_python", "make_docker", "make_local"]
