"""Files into and out of a container that has a read-only root.

Docker's own copy fails on such a container, and it writes as root through links. So a shell
script inside, under the tests' own uid, takes a tar on its stdin or gives one file on its
stdout. It refuses links on the way as `beneath` does on the host; no path of the host is involved.
"""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import Mapping, Sequence

REFUSED, NOT_THERE, NO_ROOM = 9, 3, 4  # exit codes of the scripts

# $1 bytes of a tar on stdin, whose members are called 0, 1, 2...; then pairs: what, path
_PUT = f"""
size=$1; shift
refuse() {{ echo "$1"; exit {REFUSED}; }}
rm -rf /work/.stage && mkdir /work/.stage && head -c "$size" | tar -xf - -C /work/.stage \\
  || exit {NO_ROOM}
n=0
while [ $# -gt 0 ]; do
  case $1 in
    way) if [ -L "$2" ]; then refuse "a link stands at $2"; fi ;;
    folder)
      if [ -L "$2" ]; then refuse "a link stands at $2"; fi
      [ -d "$2" ] || mkdir "$2" || {{ [ -e "$2" ] && exit {REFUSED}; exit {NO_ROOM}; }} ;;
    delete)
      if [ -d "$2" ] && [ ! -L "$2" ]; then refuse "a folder stands at $2"; fi
      rm -f "$2" || exit {REFUSED} ;;
    file)
      if [ -d "$2" ] && [ ! -L "$2" ]; then refuse "a folder stands at $2"; fi
      if [ -f "$2" ] && [ -x "$2" ] && [ ! -L "$2" ]; then chmod 755 /work/.stage/$n; fi
      mv -fT /work/.stage/$n "$2" || exit {REFUSED}
      n=$((n + 1)) ;;
  esac
  shift 2
done
rm -rf /work/.stage
"""

# $1 bytes at most; then the folders on the way, outermost first, then the file
_GET = f"""
size=$1; shift
while [ $# -gt 1 ]; do
  if [ -L "$1" ]; then exit {NOT_THERE}; fi
  shift
done
if [ -L "$1" ] || [ ! -f "$1" ]; then exit {NOT_THERE}; fi
exec head -c "$size" <"$1"
"""

# everything that tests can have written, whatever rights they have left on it
EMPTY = [
    "sh",
    "-c",
    "for d in /work /tmp /dev/shm; do chmod -R u+rwX $d/* $d/.[!.]*; rm -rf $d/* $d/.[!.]*; done;"
    " exit 0",
]
_UNPACK = (
    'mkdir -p "$2" "$3" && head -c "$1" | tar -xf - -C "$2" || exit 1;'
    # what the image's build made beside the code; never in place of what is copied
    ' if [ -f "$4" ]; then tar -xkf "$4" -C "$2" 2>/dev/null; fi; exit 0'
)


def put_command(
    files: Mapping[tuple[str, tuple[str, ...]], bytes | None],
) -> tuple[list[str], bytes]:
    """The command that writes (or, for None, deletes) files, and what it reads on stdin.

    `files` by (absolute folder that is known to be one, components below it).
    """
    out = io.BytesIO()
    orders: dict[tuple[str, str], None] = {}  # an ordered set: each folder is made once
    with tarfile.open(fileobj=out, mode="w") as archive:
        number = 0
        for (base, parts), data in files.items():
            for folder in _folders(base, parts):
                orders["way" if data is None else "folder", folder] = None
            orders["delete" if data is None else "file", posixpath.join(base, *parts)] = None
            if data is not None:
                info = tarfile.TarInfo(str(number))
                info.size, info.mode, number = len(data), 0o644, number + 1
                archive.addfile(info, io.BytesIO(data))
    archived = out.getvalue()
    arguments = [word for order in orders for word in order]
    return ["sh", "-c", _PUT, "sh", str(len(archived)), *arguments], archived


def get_command(base: str, parts: Sequence[str], max_bytes: int) -> list[str]:
    """The command that writes at most so many bytes of one regular file to stdout, or exits
    with NOT_THERE."""
    path = posixpath.join(base, *parts)
    return ["sh", "-c", _GET, "sh", str(max_bytes), *_folders(base, parts), path]


def unpack_command(size: int, folder: str, other: str, built: str) -> list[str]:
    """The command that makes two folders and unpacks a tar of `size` bytes into the first, and
    then, where there is one, the tar at `built`."""
    return ["sh", "-c", _UNPACK, "sh", str(size), folder, other, built]


def _folders(base: str, parts: Sequence[str]) -> list[str]:
    return [posixpath.join(base, *parts[:depth]) for depth in range(1, len(parts))]
