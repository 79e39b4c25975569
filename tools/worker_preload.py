"""What the warm worker imports once, so that no run has to. Sent into the sandbox with
`worker.py`: Python 3.8+, pytest 6+.

Only what lies outside the repository is ever imported here: while this module imports, the path
holds no folder of the repository, and nothing that the tests can write.
"""
# Strings and os.path: these are the entries of sys.path.
# ruff: noqa: PTH113, PTH118, PTH120, PTH123, PTH208

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import sys
import types
import warnings
from collections.abc import Iterable
from typing import Any

PLUGINS_NEED = (  # what pytest imports only when it needs it, as in the report of a failure
    "difflib", "pprint", "unittest", "unittest.mock", "doctest", "pygments", "pygments.lexers",
    "pygments.lexers.python", "pygments.formatters.terminal", "pygments.util", "faulthandler",
    "tempfile", "logging", "asyncio", "getpass", "pdb", "socket", "textwrap", "shlex", "glob",
    "email.parser", "pwd",
    "xml.etree.ElementTree", "concurrent.futures.thread", "multiprocessing.util",
)  # fmt: skip
# importing these changes the process, or says something
_NEVER = {
    "__main__", "antigravity", "this", "idlelib", "lib2to3", "turtledemo", "tkinter", "turtle",
    "gevent", "eventlet", "site", "sitecustomize", "usercustomize", "test", "coverage", "conftest",
}  # fmt: skip
OPEN_PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # where all that is tested can write
# their threads are taken down before a fork and come back by themselves
_FORK_SAFE_THREADS = ("numpy", "scipy")


class Path:
    """sys.path and the import hooks, as a run has them and as the worker uses them."""

    def __init__(self, forbidden: Iterable[str]) -> None:
        self._forbidden = [os.path.realpath(place) for place in forbidden]
        self._prefixes = [os.path.realpath(p) for p in {sys.prefix, sys.base_prefix}]
        self.entries = list(sys.path)
        self.hooks = list(sys.meta_path)

    def is_outside(self, place: str) -> bool:
        """Whether nothing that is tested can have put it there: not below a forbidden folder,
        or in an environment below one."""
        real = os.path.realpath(place)
        inner = [f for f in self._forbidden if real == f or real.startswith(f + os.sep)]
        return all(
            any(real.startswith(p + os.sep) and p.startswith(f + os.sep) for p in self._prefixes)
            for f in inner
        )

    def narrow(self) -> None:
        """For the worker's own imports."""
        sys.path[:] = [entry for entry in self.entries if entry and self.is_outside(entry)]
        sys.meta_path[:] = [hook for hook in self.hooks if not _is_editable(hook)]

    def widen(self, first: list[str]) -> None:
        """For a run, as the interpreter would have begun with: `first` are PYTHONPATH's."""
        sys.path[:] = list(dict.fromkeys(first + self.entries))
        sys.meta_path[:] = self.hooks
        importlib.invalidate_caches()


def _is_editable(hook: Any) -> bool:
    kind = hook if isinstance(hook, type) else type(hook)
    return "__editable__" in kind.__module__ or "editable" in kind.__name__.lower()


class Preloaded:
    """The modules that every run of this worker begins with."""

    def __init__(self, path: Path, began: set[str]) -> None:
        self.path = path
        self.tainted: set[str] = set()
        self.names: set[str] = set()
        self._began = began  # what a cold run has imported before it looks at the repository
        self._frozen: dict[str, tuple[Any, ...]] = {}

    def pytest_itself(self) -> None:
        """pytest, its own plugins and what these need; the scan for installed plugins. Raises
        ImportError where pytest cannot be imported."""
        import pytest  # noqa: F401
        from _pytest.config import default_plugins

        for name in ["_pytest." + plugin for plugin in default_plugins]:
            self._take(name)
        for name in PLUGINS_NEED:
            self._take(name)
        self._freeze_distributions()

    def learned(self, names: list[str], rewritten: list[str], strict: bool) -> None:
        """Modules that the tests import from outside the repository, in the order of their
        import. `rewritten`: those of them whose assertions pytest rewrites, as its plugins'.
        `strict`: the tests make errors of warnings, so an import that warns must happen in the
        run.

        `tainted` names those that a run must import itself.
        """
        marked = [name for name in rewritten if name not in sys.modules]
        hook = _rewriting_hook(marked) if marked else None
        if marked and hook is None:
            names = [name for name in names if name not in marked]
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                for name in names:
                    self._watch(name, said, strict)
        finally:
            if hook is not None:
                sys.meta_path.remove(hook)

    def _watch(self, name: str, said: list[Any], strict: bool) -> None:
        if name in sys.modules or name.partition(".")[0] in _NEVER:
            return
        before, heard = threads(), len(said)
        self._take(name)
        started = threads() > before and name.partition(".")[0] not in _FORK_SAFE_THREADS
        if started or (strict and len(said) > heard):
            self.tainted.add(name)

    def _take(self, name: str) -> None:
        if name.partition(".")[0] in _NEVER or name.endswith(".__main__"):
            return
        with contextlib.suppress(BaseException):  # the run will see it
            importlib.import_module(name)

    def shadowed(self, root: str) -> list[str]:
        """Top-level modules that a cold run would have imported from the repository instead: a
        folder of the repository that holds the same name stands earlier on the path."""
        tops = {name: sys.modules.get(name) for name in self.names if "." not in name}
        wrong: list[str] = []
        known: dict[str, int] = {}
        for index, entry in enumerate(sys.path):
            if self.path.is_outside(entry or root):
                known.setdefault(os.path.realpath(entry), index)
        for index, entry in enumerate(sys.path):
            place = entry or root
            if self.path.is_outside(place):
                continue
            for name in _modules_in(place) & tops.keys():
                origin = _origin(tops[name])
                if origin is not None and known.get(origin, len(sys.path)) > index:
                    wrong.append(name)
        return wrong

    def seal(self) -> None:
        """Note what has been imported: what runs import later is not the worker's."""
        self.names = set(sys.modules) - self._began
        # the first failure of a run would else look at the file of every module
        inspect.getmodule(compile("", os.sep + "none.py", "exec"))

    # ---- installed distributions: read once

    def _freeze_distributions(self) -> None:
        from importlib import metadata

        for entry in sys.path:
            found = []
            for dist in metadata.distributions(path=[entry]):
                frozen = _frozen(dist)
                if frozen is None:
                    break
                found.append(frozen)
            else:
                self._frozen[entry] = tuple(found)

    def thaw_distributions(self) -> Any:
        """Let `importlib.metadata.distributions` know what was read, until the function that
        is returned is called."""
        from importlib import metadata

        real, frozen = metadata.distributions, self._frozen

        def distributions(**context: Any) -> Any:
            if context:
                return real(**context)
            found: list[Any] = []
            for entry in sys.path:
                found += frozen[entry] if entry in frozen else real(path=[entry])
            return iter(found)

        def thaw() -> None:
            metadata.distributions = real

        metadata.distributions = distributions
        return thaw


def _frozen(dist: Any) -> Any:
    """The same distribution with what pytest asks of it already read; None if it is not one
    that lies in a folder."""
    from importlib import metadata

    if type(dist) is not metadata.PathDistribution:
        return None
    frozen = _FrozenDistribution.__new__(_FrozenDistribution)
    frozen.__dict__.update(dist.__dict__)
    frozen._points = dist.entry_points
    if any(point.group == "pytest11" for point in frozen._points):
        frozen._files, frozen._metadata = dist.files, dist.metadata
    return frozen


def _frozen_class() -> Any:
    from importlib import metadata

    class FrozenDistribution(metadata.PathDistribution):
        _points: Any = ()
        _files: Any = None
        _metadata: Any = None

        @property
        def entry_points(self) -> Any:
            return self._points

        @property
        def files(self) -> Any:
            return super().files if self._files is None else self._files

        @property
        def metadata(self) -> Any:
            return super().metadata if self._metadata is None else self._metadata

    return FrozenDistribution


_FrozenDistribution = _frozen_class()


def _rewriting_hook(names: list[str]) -> Any | None:
    """pytest's own import hook for these names, as it is when pytest starts; None if pytest has
    changed."""
    try:
        from _pytest.assertion import install_importhook
        from _pytest.config import get_config

        hook = install_importhook(get_config())
        hook.mark_rewrite(*names)
        return hook
    except Exception:
        return None


def _modules_in(folder: str) -> set[str]:
    """Names of modules and regular packages; a plain folder comes after them on the path."""
    found: set[str] = set()
    try:
        names = os.listdir(folder)
    except OSError:
        return found
    for name in names:
        top, _, ending = name.partition(".")
        if (
            ending == "py"
            or ending.endswith("so")
            or (not ending and os.path.isfile(os.path.join(folder, name, "__init__.py")))
        ):
            found.add(top)
    return found


def _origin(module: types.ModuleType | None) -> str | None:
    """The folder on the path that a top-level module came from."""
    file: str | None = getattr(module, "__file__", None)
    if not file:
        return None
    folder = os.path.dirname(os.path.realpath(file))
    return os.path.dirname(folder) if hasattr(module, "__path__") else folder


def threads() -> int:
    """Of this process, those that Python knows nothing of included."""
    with open("/proc/self/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[17])
