"""Folders of local sandboxes whose fixit died before it could remove them.

A sandbox holds a lock on its folder as long as it lives, which the kernel takes away with the
process. A folder that nobody holds is a leftover.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

PREFIX = "fixit-sandbox-"
GROUND = "fixit-ground-"  # what stands outside while sandboxes are attacked
UNSAFE = "fixit-unsafe-"
_MAKING = "making-"  # a folder under this name may not be locked yet,
_YOUNG_S = 60.0  # if it is not older than this


def new_folder(prefix: str = PREFIX) -> tuple[Path, int]:
    """A new folder for a sandbox, and the descriptor that holds it: close it after `remove`."""
    making = Path(tempfile.mkdtemp(prefix=_MAKING + prefix))
    held = os.open(making, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(held, fcntl.LOCK_EX)
    # only now under the name by which it is found, so that it is never found unlocked
    return making.rename(making.with_name(making.name.removeprefix(_MAKING))), held


def remove_leftovers(*prefixes: str, others: bool = False) -> list[Path]:
    """Remove what dead runs of this user left in the temporary folder; what was removed.
    With `others`, root removes what other users' runs left there."""
    places = Path(tempfile.gettempdir())
    names = [name for prefix in prefixes or (PREFIX,) for name in (prefix, _MAKING + prefix)]
    named = [path for name in names for path in places.glob(f"{name}*")]
    found = [path for path in named if _is_leftover(path, others and os.geteuid() == 0)]
    for path in found:
        if path.lstat().st_uid == os.geteuid():
            remove(path)
        else:  # whose owner may be at work in it: follow nothing, change no rights
            shutil.rmtree(path, ignore_errors=True)
    return [path for path in found if not path.exists()]


def remove(folder: Path) -> None:
    """Remove a folder, whatever permissions and depth code inside has left in it. Never raises."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):
        for command in (["chmod", "-R", "u+rwX", "--"], ["rm", "-rf", "--"]):
            subprocess.run([*command, str(folder)], capture_output=True, check=False)


def _is_leftover(path: Path, others: bool) -> bool:
    try:
        about = path.lstat()
        unlocked = path.name.startswith(_MAKING) and time.time() - about.st_mtime < _YOUNG_S
        if (about.st_uid != os.geteuid() and not others) or unlocked:
            return False
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True
