"""Removes what runs that crashed have left behind: folders, control groups, containers, images.

The next run does this for its own kind; `fixit doctor --clean` does all of it, and says what.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.cgroup import remove_dead_groups
from fixit_runtime.sandboxes.daemon import connect, daemon_errors
from fixit_runtime.sandboxes.images import remove_halves
from fixit_runtime.sandboxes.leftovers import GROUND, PREFIX, UNSAFE, remove_leftovers
from fixit_runtime.sandboxes.owner import is_dead

if TYPE_CHECKING:
    import docker


def clean() -> list[str]:
    """Remove everything that no living fixit owns; one line for each thing removed."""
    removed = [f"folder {path}" for path in remove_leftovers(PREFIX, GROUND, UNSAFE, others=True)]
    removed += [f"control group {path}" for path in remove_dead_groups()]
    removed += [f"file {path}" for path in _marks_at_home()]
    try:
        client = connect()
    except SandboxError:
        return removed  # where no daemon answers there are no containers
    try:
        removed += [f"container {name}" for name in remove_dead_containers(client)]
        return removed + [f"unfinished image {name}" for name in remove_halves(client)]
    finally:
        client.close()


def remove_dead_containers(client: docker.DockerClient) -> list[str]:
    """Remove the containers whose fixit has died; their names.

    Raises: SandboxError, where the daemon fails.
    """
    from docker.errors import NotFound

    with daemon_errors():
        marked = client.api.containers(all=True, filters={"label": "fixit=1"})
    dead = [container for container in marked if is_dead(container["Labels"])]
    for container in dead:
        try:
            with daemon_errors():
                client.api.remove_container(container["Id"], force=True, v=True)
        except (NotFound, SandboxError):
            continue  # the daemon is removing it already
    # one that is just being removed has no name any more
    return [(container["Names"] or [container["Id"][:12]])[0].lstrip("/") for container in dead]


def _marks_at_home() -> list[Path]:
    """What an examination of the sandboxes had left in the user's home."""
    found = list(Path.home().glob(f".{GROUND}*"))
    for path in found:
        path.unlink(missing_ok=True)
    return found
