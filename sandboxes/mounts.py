"""What a command in the local sandbox sees of the host, as bubblewrap arguments.

/usr /lib* /bin /sbin, some of /etc          the host's, read-only
the interpreter's folders                    the host's, read-only, at their own paths
the repository's own path                    the copy, writable
/scratch                                     a folder beside the copy, writable; HOME
/tmp /var/tmp /dev/shm                       private, in memory, of limited size
everything else, /home and /root among it    not there
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.interpreter import Interpreter, links_to

SCRATCH = "/scratch"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu")
_ETC = (
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "timezone",
    "mime.types", "services", "protocols", "os-release", "ssl/certs", "ssl/openssl.cnf",
    "ca-certificates", "pki/tls/certs", "pki/ca-trust/extracted", "fonts",
)  # fmt: skip
# a prefix that holds more than Python (a home folder, /opt): only these parts of it are shown
_PARTS = ("bin", "lib", "lib64", "include", "libexec", "pyvenv.cfg")
_RESERVED = (
    "/",
    "/proc",
    "/dev",
    "/usr",
    "/etc",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/tmp",
    "/var",
    SCRATCH,
)
_ETC_TEXT = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\nfixit:x:1000:1000:fixit:/scratch:/bin/sh\n",
    "group": "root:x:0:\nfixit:x:1000:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


@dataclass(frozen=True, slots=True)
class Mount:
    """One host path shown inside at `inside`; read-only unless `writable`."""

    source: Path
    inside: Path
    writable: bool = False


def check_place(root: Path) -> None:
    """A copy is mounted at the repository's own path: that must not hide the system.

    Raises: SandboxError.
    """
    if str(root) in _RESERVED or any(root.is_relative_to(p) for p in ("/proc", "/dev", "/sys")):
        raise SandboxError(
            f"a repository at {root} cannot be copied into the local sandbox",
            hint="Move it into a folder of its own.",
        )


def system_arguments(tmp_bytes: int, *, sized: bool) -> list[str]:
    """The system's folders, /proc, /dev and the private temporary folders. `sized`: this
    bubblewrap can limit a tmpfs."""
    arguments: list[str] = []
    for place in map(Path, _SYSTEM):
        if place.is_symlink():
            arguments += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            arguments += ["--ro-bind", str(place), str(place)]
    for name in _ETC:
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for place in map(Path, ("/dev/shm", "/tmp", "/var/tmp")):
        arguments += ["--size", str(tmp_bytes)] if sized else []
        arguments += ["--tmpfs", str(place)]
    return [*arguments, "--dir", "/home", "--dir", "/root", "--dir", "/run"]


def mount_arguments(mounts: list[Mount], links: list[tuple[Path, str]]) -> list[str]:
    """Outer folders first, so that an inner mount is never covered by an outer one."""
    arguments: list[str] = []
    for mount in sorted(mounts, key=lambda m: len(m.inside.parts)):
        arguments += ["--bind" if mount.writable else "--ro-bind"]
        arguments += [str(mount.source), str(mount.inside)]
    for link, target in links:
        arguments += ["--symlink", target, str(link)]
    # bubblewrap's own root and /dev are writable file systems in memory until this
    return [*arguments, "--remount-ro", "/dev", "--remount-ro", "/"]


def held_folders(mounts: list[Mount], root: Path, copy: Path) -> list[Mount]:
    """For mounts inside the repository: each folder of the copy on the way to one, mounted on
    itself. A mount point cannot be renamed, so code inside cannot put a link in its place for
    the next run to follow."""
    ways = {
        parent.relative_to(root)
        for mount in mounts
        for parent in mount.inside.parents
        if parent.is_relative_to(root) and parent != root
    }
    return [Mount(copy / way, root / way, writable=True) for way in sorted(ways)]


def etc_files() -> dict[str, bytes]:
    """Small files made for the sandbox, by path; none of the host's users are shown."""
    return {f"/etc/{name}": text.encode() for name, text in _ETC_TEXT.items()}


def interpreter_mounts(python: Interpreter, root: Path) -> list[Mount]:
    """The folders that an interpreter needs, each at its own path; a part of the repository's
    own tree only where it is an environment in it."""
    folders: list[Path] = []
    for prefix in python.prefixes:
        folders += _shown(prefix, root)
        if prefix.resolve() != prefix:
            folders += _shown(prefix.resolve(), root)
    if python.user_base is not None:
        folders += _existing(python.user_base / part for part in ("lib", "bin"))
    for path in python.paths:
        if not path.is_relative_to(root) and not _covered(path, folders):
            folders += _importable(path)
    system = [Path(place) for place in _SYSTEM]
    outer = [f for f in dict.fromkeys(folders) if not _covered(f, system)]
    return [Mount(f, f) for f in outer if not _covered(f, [o for o in outer if o != f])
            or f.is_relative_to(root)]  # fmt: skip


def interpreter_links(python: Interpreter, mounts: list[Mount]) -> list[tuple[Path, str]]:
    """Links on the way to the interpreter that no mount shows, to be made again inside."""
    shown = [*(m.inside for m in mounts), *map(Path, _SYSTEM)]
    return [(link, to) for link, to in links_to(python.executable) if not _covered(link, shown)]


def _shown(prefix: Path, root: Path) -> list[Path]:
    """The prefix; or only its parts, where it is as broad as a home folder or the repository."""
    broad = prefix in (Path("/"), Path("/home"), Path("/root"), Path("/opt"), Path.home())
    if broad or root.is_relative_to(prefix) or Path.home().is_relative_to(prefix):
        return [] if prefix == Path("/") else list(_existing(prefix / part for part in _PARTS))
    return [prefix] if prefix.is_dir() else []


def _importable(path: Path) -> list[Path]:
    """Of another project's source folder only what can be imported, not its .env or .git."""
    if path.is_file() or (path / "__init__.py").is_file():
        return [path]
    if not path.is_dir():
        return []
    found = []
    for entry in path.iterdir():
        module = entry.suffix in (".py", ".so", ".pth", ".egg-info", ".dist-info")
        if module or (entry / "__init__.py").is_file():
            found.append(entry)
    return found


def _existing(paths: Iterator[Path]) -> Iterator[Path]:
    return (path for path in paths if path.exists())


def _covered(path: Path, by: list[Path]) -> bool:
    return any(path.is_relative_to(outer) for outer in by)
