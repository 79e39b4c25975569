"""Images that the daemon has for repositories, and making them: once for each recipe.

Only `build` downloads or makes anything. Builds are bounded in time, memory (where the daemon
can), and what is kept of their output.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.daemon import connect, daemon_errors
from fixit_runtime.sandboxes.recipe import LABEL, REPOSITORY, Plan, Step, Wanted, plan

if TYPE_CHECKING:
    import docker

_BUILD_S = 3600
_MEMORY_BYTES = 4_000_000_000
_LINES = 30  # of a build's output, which an error quotes
_KEPT = 30  # images that were built for repositories; older ones go
_OLD = "30m"
_OTHER_WAYS = (
    "Name an image that has what the tests need with --image, or another to build on with"
    " --base-image (one with a compiler, where something must be compiled)."
)
_CERTIFICATES = (
    " If a proxy of yours stands before the package index, name its certificates with"
    " FIXIT_CA_BUNDLE=FILE."
)
_BUILDERS_OWN = re.compile(r"Step \d| ---> |Removing intermediate|Successfully ")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def cached(wanted: Wanted) -> str | None:
    """The image of this kind that the daemon has already. Raises SandboxError."""
    with _client() as client:
        base_id = _id(client, wanted.base) if wanted.base else ""
        if base_id is None:
            return None
        return next((tag for tag in plan(wanted, base_id).tags if _id(client, tag)), None)


def build(wanted: Wanted, say: Callable[[str], None]) -> str:
    """Make the image, as far as it is not there; its name. `say` gets a line for each step.

    Raises:
        SandboxError: there is no daemon, the base image cannot be had, or a build failed.
    """
    with _client() as client:
        made = plan(wanted, _downloaded(client, wanted.base, say) if wanted.base else "")
        found = next((tag for tag in made.tags if _id(client, tag)), None)
        name = found or _made(client, made, say)
        if not found:
            _forget_old(client, {*made.tags, *(step.tag for step in made.steps)})
        return name


def remove_halves(client: docker.DockerClient) -> list[str]:
    """Remove what builds that failed have left, unless it is so new that one may still be
    running; the ids. Raises SandboxError."""
    old = {"dangling": True, "label": f"{LABEL}=1", "until": _OLD}
    with daemon_errors():
        removed = client.images.prune(old).get("ImagesDeleted") or []
    return [image["Deleted"] for image in removed if "Deleted" in image]


def env_images() -> list[str]:
    """The images that were built for repositories, latest first. Raises SandboxError."""
    with _client() as client:
        return _built(client)


@contextlib.contextmanager
def _client() -> Iterator[docker.DockerClient]:
    client = connect()
    try:
        yield client
    finally:
        client.close()


def _built(client: docker.DockerClient) -> list[str]:
    with daemon_errors():
        images = client.api.images(REPOSITORY)
    latest = sorted(images, key=lambda image: image.get("Created", 0), reverse=True)
    return [tag for image in latest for tag in image.get("RepoTags") or []]


def _forget_old(client: docker.DockerClient, new: set[str]) -> None:
    """Keep as many as there may be. One that was made of layers that were there is as old as
    these, so the `new` ones are named."""
    for tag in _built(client)[_KEPT:]:
        if tag not in new:
            with contextlib.suppress(Exception):  # a container may be on it
                client.images.remove(tag)


def _id(client: docker.DockerClient, name: str) -> str | None:
    """Which image the name means; None if the daemon has none."""
    from docker.errors import ImageNotFound

    try:
        with daemon_errors():
            return client.images.get(name).id
    except ImageNotFound:
        return None


def _downloaded(client: docker.DockerClient, base: str, say: Callable[[str], None]) -> str:
    """The id of an image, which is downloaded where it is not there."""
    from docker.errors import NotFound

    if (there := _id(client, base)) is not None:
        return there
    say(f"downloading an image, once: {base}")
    try:
        with daemon_errors():
            client.images.pull(*_name_and_tag(base))
    except (NotFound, SandboxError) as error:
        said = error.message if isinstance(error, SandboxError) else error.explanation
        raise SandboxError(
            f"the image {base}, to build on, is not there and cannot be downloaded: {said}",
            hint="Name one that is there with --base-image NAME, or a whole one with --image NAME.",
        ) from error
    return _id(client, base) or ""


def _name_and_tag(image: str) -> tuple[str, str | None]:
    from docker.utils import parse_repository_tag

    name, tag = parse_repository_tag(image)
    return name, tag or "latest"


def _made(client: docker.DockerClient, made: Plan, say: Callable[[str], None]) -> str:
    for step in made.steps:
        if _id(client, step.tag):
            continue
        say(f"building an image, once: {step.what}")
        try:
            _build(client, step)
        except SandboxError as error:
            if made.instead is None or step is not made.steps[-1]:
                raise
            say(f"it cannot be installed{_why(error)}: {made.instead.what} instead")
            _build(client, made.instead)
            return made.instead.tag
    return made.steps[-1].tag


def _why(error: SandboxError) -> str:
    """The last line of a build that has the word, and is not pip's on how it ended."""
    lines = (line.strip() for line in reversed(error.message.splitlines()[1:]))
    return next((f" ({ln})" for ln in lines if re.search(r"rror: (?!.*-(error|failed)$)", ln)), "")


def _build(client: docker.DockerClient, step: Step) -> None:
    log: deque[str] = deque(maxlen=_LINES)
    if step.own and shutil.which("docker"):
        wrong = _build_by_command(step, log)  # which can do more than the daemon's older builder
    else:
        wrong = _build_by_daemon(client, step, log)
    if wrong:
        text = "\n".join(log)
        unseen = "CERTIFICATE" in text or "SSLError" in text or "from versions: none" in text
        raise SandboxError(
            f"the image cannot be built ({step.what}): {wrong}\n{text}",
            hint=_OTHER_WAYS + (_CERTIFICATES if unseen and not step.own else ""),
        )


def _build_by_daemon(client: docker.DockerClient, step: Step, log: deque[str]) -> str:
    """What went wrong; "" if nothing did."""
    until = time.monotonic() + _BUILD_S
    wrong = half = ""
    with daemon_errors(), step.context() as context:
        said = client.api.build(
            fileobj=context,
            custom_context=True,
            encoding="identity",
            tag=step.tag,
            labels={LABEL: "1"},
            rm=True,
            forcerm=True,
            timeout=_BUILD_S,
            network_mode="default" if step.network else "none",
            container_limits={"memory": _MEMORY_BYTES, "memswap": _MEMORY_BYTES},
            use_config_proxy=step.network,
            decode=True,
        )
        for line in said:
            text = str(line.get("stream", ""))
            log.extend(part for part in _plain(text) if not _BUILDERS_OWN.match(part))
            half = found[1] if (found := re.match(r" ---> ([0-9a-f]{12})", text)) else half
            if "error" in line:
                wrong = str(line["error"]).strip()
            elif time.monotonic() > until:
                wrong = f"it took more than {_BUILD_S} s"
                said.close()  # which ends the build
    if wrong and half:
        with contextlib.suppress(Exception):  # another build may stand on it
            client.images.remove(half)
    return wrong


def _plain(text: str) -> list[str]:
    return [line for line in _COLOUR.sub("", text).splitlines() if line.strip()]


def _build_by_command(step: Step, log: deque[str]) -> str:
    """What went wrong; "" if nothing did."""
    command = ["docker", "build", "--rm", "-q", "--label", f"{LABEL}=1", "-t", step.tag, "-"]
    with step.context() as context:
        try:
            done = subprocess.run(
                command, stdin=context, capture_output=True, timeout=_BUILD_S, text=True
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    log.extend(_plain(done.stdout + done.stderr))
    return f"docker build ended with code {done.returncode}" if done.returncode else ""
