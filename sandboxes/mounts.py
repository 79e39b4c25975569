"""What a command in the local sandbox sees of the host, as bubblewrap arguments.

/usr /lib* /bin /sbin, some of /etc          the host's, read-only
the interpreter's folders                    the host's, read-only, at their own paths
the repository's own path                    the copy, writable
/scratch                                     a folder beside the copy, writable; HOME
/tmp /var/tmp /dev/shm                       private, in memory, of limited size
everything else, /home and /root among it    not there
"""

from __future__ import annotations

import os
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
MASKED = (
    "/proc/kallsyms", "/proc/kcore", "/proc/keys", "/proc/kpagecgroup", "/proc/kpagecount",
    "/proc/kpageflags", "/proc/slabinfo", "/proc/sysrq-trigger", "/proc/timer_list",
)  # fmt: skip
# a prefix that holds more than Python (a home folder, /opt): only these parts of it are shown
_PARTS = ("bin", "lib", "lib64", "include", "libexec", "pyvenv.cfg")
_IMPORTED_FILES = (".zip", ".egg", ".whl", ".pyz", ".py", ".so")
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
    "passwd": "root:x:0:0:root:/root:/bin/sh\nfixit:x:UID:UID:fixit:/scratch:/bin/sh\n",
    "group": "root:x:0:\nfixit:x:UID:\n",
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
    in_kernels = any(root.is_relative_to(place) for place in ("/proc", "/sys", "/dev"))
    in_memory = root.is_relative_to("/dev/shm") and root != Path("/dev/shm")
    if str(root) in _RESERVED or (in_kernels and not in_memory):
        raise SandboxError(
            f"a repository at {root} cannot be copied into the local sandbox",
            hint="Move it into a folder of its own.",
        )


def system_arguments(tmp_bytes: int, *, sized: bool, perms: bool) -> list[str]:
    """The system's folders, /proc, /dev and the private temporary folders. `sized`, `perms`:
    this bubblewrap can limit a tmpfs, and open it to all."""
    arguments: list[str] = []
    for place in map(Path, _SYSTEM):
        if place.is_symlink():
            arguments += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            arguments += ["--ro-bind", str(place), str(place)]
    for folder in ("/etc", "/etc/ssl", "/home", "/root", "/run", "/var"):
        arguments += ["--dir", folder]
    for name in _ETC:
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for name in MASKED:
        arguments += ["--ro-bind", "/dev/null", name] if Path(name).exists() else []
    for folder in ("/dev/shm", "/tmp", "/var/tmp"):
        arguments += ["--perms", "1777"] if perms else []
        arguments += ["--size", str(tmp_bytes)] if sized else []
        arguments += ["--tmpfs", folder]
    return arguments


def mount_arguments(mounts: list[Mount], links: list[tuple[Path, str]]) -> list[str]:
    """Outer folders first, so that an inner mount is never covered by an outer one."""
    arguments: list[str] = []
    for mount in sorted(mounts, key=lambda m: len(m.inside.parts)):
        for parent in reversed(mount.inside.parents[:-1]):  # else bubblewrap makes it private
            arguments += ["--dir", str(parent)]
        arguments += ["--bind" if mount.writable else "--ro-bind"]
        arguments += [str(mount.source), str(mount.inside)]
    for link, target in links:
        arguments += ["--symlink", target, str(link)]
    # its root and /dev are writable file systems in memory until this; in /proc root may write
    # settings of the whole kernel
    return [*arguments, *(x for place in ("/proc", "/dev", "/") for x in ("--remount-ro", place))]


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


def etc_files(uid: int) -> dict[str, bytes]:
    """Small files made for the sandbox, by path; none of the host's users are shown."""
    return {f"/etc/{n}": text.replace("UID", str(uid)).encode() for n, text in _ETC_TEXT.items()}


def interpreter_mounts(python: Interpreter, root: Path) -> list[Mount]:
    """The folders of the host that an interpreter needs, each at its own path. Of the repository
    only environments that lie in it; its own code is never shown as it is on the host."""
    folders: list[Path] = []
    for prefix in python.prefixes:
        for place in dict.fromkeys([prefix, prefix.resolve()]):
            folders += _shown(place, root)
    if python.user_base is not None:
        folders += _existing(python.user_base / part for part in ("lib", "bin"))
    for path in python.paths:
        if not path.resolve().is_relative_to(root) and not _covered(path, folders):
            folders += (f for f in _importable(path) if f.resolve() != root)
    wanted = [f for f in dict.fromkeys(folders) if not _covered(f, [Path(s) for s in _SYSTEM])]
    return [
        Mount(folder, folder)
        for folder in wanted
        # one below another is shown with it, unless the copy is mounted between them
        if folder.is_relative_to(root) or not _covered(folder, [w for w in wanted if w != folder])
    ]


def alias_mounts(python: Interpreter, root: Path, copy: Path) -> list[Mount]:
    """Where the interpreter imports the repository by another path (a link to it), that path
    shows the copy too: the original would be tested otherwise."""
    aliases = [p for p in python.paths if not p.is_relative_to(root) and p.is_dir()]
    reals = [(path, path.resolve()) for path in aliases]
    return [
        Mount(copy / real.relative_to(root), path, writable=True)
        for path, real in reals
        if real.is_relative_to(root)
    ]


def interpreter_links(python: Interpreter, mounts: list[Mount]) -> list[tuple[Path, str]]:
    """Links on the way to the interpreter that no mount shows, to be made again inside."""
    shown = [*(m.inside for m in mounts), *map(Path, _SYSTEM)]
    return [(link, to) for link, to in links_to(python.executable) if not _covered(link, shown)]


def _shown(prefix: Path, root: Path) -> list[Path]:
    """The prefix; or only its parts, where it is as broad as a home folder or the repository."""
    home = Path(os.environ.get("HOME", "/root"))
    broad = prefix in (Path("/"), Path("/home"), Path("/root"), Path("/opt"))
    if broad or any(place.is_relative_to(prefix) for place in (root, home)):
        return [] if prefix == Path("/") else list(_existing(prefix / part for part in _PARTS))
    return [prefix] if prefix.is_dir() else []


def _importable(path: Path) -> list[Path]:
    """Of another project's source folder only what can be imported, not its .env or .git."""
    if path.is_file():  # an archive, or one module of an editable install; never another file
        return [path] if path.suffix in _IMPORTED_FILES else []
    if (path / "__init__.py").is_file():
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
