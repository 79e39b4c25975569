"""The Docker daemon: reaching it, and saying clearly why not."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fixit_runtime.agent.errors import SandboxError

if TYPE_CHECKING:
    import docker

_ANSWER_S = 60
_DEFAULT = "unix:///var/run/docker.sock"


def connect() -> docker.DockerClient:
    """A client of the daemon that `DOCKER_HOST` or the current Docker context names. The caller
    closes it.

    Raises: SandboxError, with what to do.
    """
    import docker
    from docker.context import ContextAPI

    with daemon_errors():
        context = None if "DOCKER_HOST" in os.environ else ContextAPI.get_current_context()
        if context is None or context.name == "default":
            _check_socket(os.environ.get("DOCKER_HOST") or _DEFAULT)
            return docker.from_env(timeout=_ANSWER_S, version="auto")
        _check_socket(context.Host or _DEFAULT)
        tls = context.TLSConfig or False
        return docker.DockerClient(context.Host, version="auto", timeout=_ANSWER_S, tls=tls)


def check_docker(image: str) -> None:
    """Raises SandboxError unless a daemon answers and has this image."""
    client = connect()
    try:
        check_image(client, image)
    finally:
        client.close()


def check_image(client: docker.DockerClient, image: str) -> tuple[str, ...]:
    """The folders that the image declares as volumes. Raises SandboxError unless the daemon has
    it; nothing is downloaded."""
    from docker.errors import ImageNotFound

    try:
        with daemon_errors():
            config = client.images.get(image).attrs.get("Config") or {}
    except ImageNotFound as error:
        raise SandboxError(
            f"the Docker daemon has no image {image}",
            hint=f"Get it with `docker pull {image}`, build it, or name another with --image.",
        ) from error
    return tuple(config.get("Volumes") or ())


@contextmanager
def daemon_errors() -> Iterator[None]:
    """Turn what the Docker SDK raises when the daemon fails into a SandboxError."""
    import requests
    from docker.errors import APIError, DockerException, NotFound

    try:
        yield
    except NotFound:
        raise  # which thing is missing is the caller's to say
    except APIError as error:
        raise SandboxError(
            f"the Docker daemon refused: {error.explanation or error}",
            hint="See `docker info` and the daemon's log.",
        ) from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise _unreachable(error) from error


def _check_socket(address: str) -> None:
    """Raises OSError if it is a socket here that cannot be opened: of that the SDK says less."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(address.removeprefix("unix://"))


def _unreachable(error: Exception) -> SandboxError:
    text = str(error)
    if "Permission denied" in text or "PermissionError" in text:
        return SandboxError(
            "the Docker daemon's socket may not be opened by this user",
            hint="Add yourself to its group with `sudo usermod -aG docker $USER` and log in again;"
            " or use --sandbox local.",
        )
    return SandboxError(
        f"no Docker daemon answers ({text[:200]})",
        hint="Start it (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST;"
        " or use --sandbox local.",
    )
