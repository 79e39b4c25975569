"""A candidate put into a process that has imported the repository: sent into the sandbox with
`behaviour_probe.py`. Python 3.8+, standard library only.
"""
# ruff: noqa: PTH118, PTH123

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator
from typing import Any

from fixit_runtime.tools.probe_lines import Tree
from fixit_runtime.tools.repair.behaviour_anew import poured, to_run
from fixit_runtime.tools.repair.behaviour_call import holds
from fixit_runtime.tools.worker_swap import Swapper, Tracer, called_alike, same


class Candidates:
    """Puts a candidate into this process: by swapping functions, or else by running anew what
    differs of its modules."""

    def __init__(self, tree: Tree, root: str, tracer: Tracer) -> None:
        self._tree, self._root = tree, root
        self._files = {
            self._tree.inside(str(module.__file__)): module
            for module in list(sys.modules.values())
            if isinstance(getattr(module, "__file__", None), str)
        }
        self._swapper = Swapper(self._is_inside, self._locate, tracer)

    def _is_inside(self, filename: str) -> bool:
        return self._tree.inside(filename) is not None

    def _locate(self, path: str) -> str:
        module = self._files.get(path)
        return str(module.__file__) if module else os.path.join(self._root, path)

    def put(self, files: dict[str, str]) -> dict[int, Any]:
        """Returns new functions by the id of the old, for those that were made anew."""
        return self._made_anew(files) if self.swap(files) is None else {}

    def swap(self, files: dict[str, str]) -> list[tuple[Any, Any]] | None:
        """Functions that have other code now, with their own; None where swapping is not all
        that is to be done: then nothing is."""
        swaps = self._swapper.swaps({path: text.encode("utf-8") for path, text in files.items()})
        if swaps is None:
            return None
        before = [(function, function.__code__) for function, _ in swaps]
        for function, code in swaps:
            function.__code__ = code
        return before

    def _made_anew(self, files: dict[str, str]) -> dict[int, Any]:
        renewed: dict[int, Any] = {}
        for path, text in files.items():
            module = self._files[path]
            names, before = dict(vars(module)), _things(module)
            filename = str(module.__file__)
            self._renew_inner(filename, text)
            code = compile(_statements(filename, text), filename, "exec", dont_inherit=True)
            exec(code, module.__dict__)
            after = _things(module)
            for name, old in before.items():
                new = after.get(name, old)
                if isinstance(old, type) and isinstance(new, type) and poured(old, new):
                    setattr(module, name, old)
                elif new is not old:
                    renewed[id(old)] = new
            self._tell_others(names, vars(module), renewed)
        return renewed

    def _renew_inner(self, filename: str, text: str) -> None:
        """Functions that others have made already do as the new text has it."""
        try:
            with open(filename, "rb") as file:
                old = compile(file.read(), filename, "exec", dont_inherit=True)
            new = compile(text, filename, "exec", dont_inherit=True)
        except (OSError, SyntaxError, ValueError, RecursionError):
            return
        for before, now in inner_pairs(old, new):
            if holds(before) and called_alike(before, now) and not same(before, now):
                for function in self._swapper.live(before):
                    function.__code__ = now

    def _tell_others(
        self, before: dict[str, Any], after: dict[str, Any], renewed: dict[int, Any]
    ) -> None:
        """Modules that hold what a module had before, hold now what it has."""
        changed = {
            name: (old, after[name])
            for name, old in before.items()
            if name in after and after[name] is not old and not name.startswith("__")
        }
        for inside, module in self._files.items():
            if inside is None or vars(module) is after:
                continue
            for name, thing in list(vars(module).items()):
                if isinstance(thing, (type, types.FunctionType)) and id(thing) in renewed:
                    setattr(module, name, renewed[id(thing)])
                elif name in changed and thing is changed[name][0]:
                    setattr(module, name, changed[name][1])


def inner_pairs(old: Any, new: Any) -> Iterator[tuple[Any, Any]]:
    """Code objects inside two others, at any depth, that stand for each other: those of one
    name, in their order."""
    fresh: dict[str, list[Any]] = {}
    for code in inner_codes(new):
        fresh.setdefault(code.co_name, []).append(code)
    for code in inner_codes(old):
        rest = fresh.get(code.co_name)
        if rest:
            now = rest.pop(0)
            yield code, now
            yield from inner_pairs(code, now)


def inner_codes(code: Any) -> Iterator[Any]:
    return (each for each in code.co_consts if isinstance(each, types.CodeType))


def _statements(filename: str, text: str) -> Any:
    """Those to run for a new text of a file; the whole text where they cannot be told."""
    try:
        with open(filename, encoding="utf-8") as file:
            return to_run(file.read(), text)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return text


def _things(module: Any) -> dict[str, Any]:
    """Functions and classes of a module, and the functions of its classes, by qualified name."""
    found: dict[str, Any] = {}
    for name, thing in list(vars(module).items()):
        if getattr(thing, "__module__", None) != module.__name__:
            continue
        found[name] = thing
        bare = _bare(thing)
        if bare is not None:
            found[name + "()"] = bare
        if isinstance(thing, type):
            for inner, part in list(vars(thing).items()):
                part = _bare(part)
                if part is not None:
                    found[name + "." + inner] = part
    return found


def _bare(thing: Any) -> Any:
    """The function inside a decorated one; None where there is none."""
    for name in ("__func__", "fget", "__wrapped__"):
        thing = getattr(thing, name, None) or thing
    return thing if type(thing) is types.FunctionType else None
