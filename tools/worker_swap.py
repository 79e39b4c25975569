"""A candidate put into modules that are imported already, where that comes to the same as
importing them anew: only the insides of functions differ. Sent into the sandbox with `worker.py`:
Python 3.8+, standard library only.

Whatever else differs (a constant, a class body, a signature, a default, a decorator), or was
already used while the modules were imported, cannot be swapped: such a candidate is run from the
start.
"""

from __future__ import annotations

import ast
import gc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fixit_runtime.tools.worker_part import Base

_OPTIMIZED = 0x1  # of co_flags: a function, not a module or a class body
_SAFE_DECORATORS = ("abc", "builtins", "contextlib", "dataclasses", "enum", "functools", "typing")


class Tracer:
    """The functions of the repository that are called while it is imported."""

    def __init__(self) -> None:
        self.called: set[types.CodeType] = set()

    def start(self) -> None:
        add = self.called.add

        def enter(frame: Any, event: str, arg: Any) -> None:
            add(frame.f_code)

        sys.settrace(enter)

    def stop(self) -> None:
        sys.settrace(None)


class Swapper:
    """The functions of the repository as they are after the import of the tests."""

    def __init__(
        self, is_inside: Callable[[str], bool], locate: Callable[[str], str], tracer: Tracer
    ) -> None:
        """`locate` gives the file name of a path in the repository, as code objects have it."""
        self._is_inside, self._locate = is_inside, locate
        self._called = {_place(code) for code in tracer.called if code.co_flags & _OPTIMIZED}
        self._live: dict[tuple[str, int, str], list[types.FunctionType]] = {}
        for thing in gc.get_objects():
            if type(thing) is types.FunctionType and is_inside(thing.__code__.co_filename):
                self._live.setdefault(_place(thing.__code__), []).append(thing)
        self._modules: dict[str, types.ModuleType] = {}
        for module in list(sys.modules.values()):
            spec = getattr(module, "__spec__", None)
            origin = getattr(spec, "origin", None)
            plain = type(getattr(spec, "loader", None)) is importlib.machinery.SourceFileLoader
            if plain and isinstance(origin, str) and is_inside(origin):
                self._modules[origin] = module
        self._base: dict[str, tuple[Base, dict[int, list[str]]]] = {}

    def live(self, code: types.CodeType) -> list[types.FunctionType]:
        """The functions that have the code of this place in a file."""
        return self._live.get(_place(code), [])

    def swaps(
        self, files: Mapping[str, bytes | None]
    ) -> list[tuple[types.FunctionType, types.CodeType]] | None:
        """What to put into which function; None where the candidate must be imported."""
        swaps: list[tuple[types.FunctionType, types.CodeType]] = []
        for path, data in files.items():
            found = self._of_file(self._locate(path), data)
            if found is None:
                return None
            swaps += found
        return swaps

    def _of_file(
        self, filename: str, data: bytes | None
    ) -> list[tuple[types.FunctionType, types.CodeType]] | None:
        module = self._modules.get(filename)
        if module is None or data is None:
            return None
        try:
            file, decorated = self._base.get(filename) or self._read(filename)
            if file.source == data:
                return []
            base, new = file.compiled(data)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        changed = changed_functions(base, new)
        if changed is None:
            return None
        swaps = []
        for old, code in changed:
            names = decorated.get(old.co_firstlineno, [])
            if _place(old) in self._called or not self._all_safe(module, names):
                return None
            for function in self.live(old):
                if not same(function.__code__, old):
                    return None
                swaps.append((function, code))
        return swaps

    def _all_safe(self, module: types.ModuleType, names: list[str]) -> bool:
        """Whether decorators keep the function as an object that is called, and no more: the
        standard library's and the repository's own do (that they were called is known)."""
        for name in names:
            thing = vars(module).get(name, vars(sys.modules["builtins"]).get(name))
            if name == "?":
                return False
            if thing is None:
                continue  # of a class, as in @price.setter
            origin = str(getattr(thing, "__module__", None) or getattr(thing, "__name__", "?"))
            file = getattr(sys.modules.get(origin), "__file__", None)
            own = isinstance(file, str) and self._is_inside(file)
            if not own and origin.partition(".")[0] not in _SAFE_DECORATORS:
                return False
        return True

    def _read(self, filename: str) -> tuple[Base, dict[int, list[str]]]:
        file = Base(filename)
        entry = self._base[filename] = file, _decorators(file.tree)
        return entry


def changed_functions(
    base: types.CodeType, new: types.CodeType
) -> list[tuple[types.CodeType, types.CodeType]] | None:
    """Pairs of a function's code before and after, for all that differ; None where anything
    differs that is done when the module is imported."""
    if not _same_outside(base, new):
        return None
    changed: list[tuple[types.CodeType, types.CodeType]] = []
    for old, now in zip(_inner(base), _inner(new)):  # noqa: B905  (Python 3.10 has strict)
        if same(old, now):
            continue
        if not old.co_flags & _OPTIMIZED:
            deeper = changed_functions(old, now)
        else:
            deeper = _of_function(old, now)
        if deeper is None:
            return None
        changed += deeper
    return changed


def _of_function(
    old: types.CodeType, now: types.CodeType
) -> list[tuple[types.CodeType, types.CodeType]] | None:
    """A function, and the functions in it that may have been made already."""
    if not called_alike(old, now):
        return None
    changed = [(old, now)]
    inside, inside_now = list(_inner(old)), list(_inner(now))
    if [code.co_name for code in inside] != [code.co_name for code in inside_now]:
        return changed if not inside else None
    for inner, inner_now in zip(inside, inside_now):  # noqa: B905
        if not same(inner, inner_now):
            deeper = _of_function(inner, inner_now)
            if deeper is None:
                return None
            changed += deeper
    return changed


def called_alike(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether a function of the one code can go on with the other's."""
    return _signature(one) == _signature(other) and one.co_freevars == other.co_freevars


def same(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether two code objects do the same; lines and file names aside."""
    inner, inner_other = list(_inner(one)), list(_inner(other))
    return (
        len(inner) == len(inner_other)
        and called_alike(one, other)
        and _same_outside(one, other)
        and all(map(same, inner, inner_other))
    )


def _same_outside(one: types.CodeType, other: types.CodeType) -> bool:
    """As `same`, without the functions and classes inside."""
    return _outside(one) == _outside(other)


def _outside(code: types.CodeType) -> tuple[Any, ...]:
    return (
        code.co_name,
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_cellvars,
        code.co_flags,
        getattr(code, "co_exceptiontable", b""),
        tuple(_key(constant) for constant in code.co_consts if not _is_line(constant, code)),
    )


def _is_line(constant: Any, code: types.CodeType) -> bool:
    """From Python 3.13 on a class holds its own first line."""
    return "__firstlineno__" in code.co_names and constant == code.co_firstlineno


def _signature(code: types.CodeType) -> tuple[Any, ...]:
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4)
    count += bool(code.co_flags & 8)
    numbers = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
    return code.co_name, code.co_varnames[:count], numbers


def _key(constant: Any) -> Any:
    """Equal only for constants that are equal in type and kind: 1 is neither 1.0 nor True."""
    if isinstance(constant, types.CodeType):
        return "code"
    if isinstance(constant, tuple):
        return tuple(_key(part) for part in constant)
    if isinstance(constant, frozenset):
        return frozenset(_key(part) for part in constant)
    return type(constant), repr(constant)


def _inner(code: types.CodeType) -> Iterator[types.CodeType]:
    return (constant for constant in code.co_consts if isinstance(constant, types.CodeType))


def _place(code: types.CodeType) -> tuple[str, int, str]:
    return code.co_filename, code.co_firstlineno, code.co_name


def _decorators(tree: ast.Module) -> dict[int, list[str]]:
    """The first names of a function's decorators, by its first line as code objects have it."""
    found: dict[int, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.decorator_list:
            first = min(decorator.lineno for decorator in node.decorator_list)
            found[first] = [_first_name(decorator) for decorator in node.decorator_list]
    return found


def _first_name(decorator: ast.expr) -> str:
    while isinstance(decorator, (ast.Call, ast.Attribute)):
        decorator = decorator.func if isinstance(decorator, ast.Call) else decorator.value
    return decorator.id if isinstance(decorator, ast.Name) else "?"
