"""A candidate put into a process that has imported the repository: sent into the sandbox with
`behaviour_probe.py`. Python 3.8+, standard library only.
"""
# ruff: noqa: PTH118

from __future__ import annotations

import os
import sys
import types
from typing import Any

from fixit_runtime.tools.probe_lines import Tree
from fixit_runtime.tools.worker_swap import Swapper, Tracer


class Candidates:
    """Puts a candidate into this process: by swapping functions, or else by running its modules
    anew in place."""

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
            before = _things(module)
            exec(compile(text, str(module.__file__), "exec", dont_inherit=True), module.__dict__)
            after = _things(module)
            renewed.update({id(old): after[name] for name, old in before.items() if name in after})
        for inside, module in self._files.items():
            if inside is None:
                continue
            for name, thing in list(vars(module).items()):
                if isinstance(thing, (type, types.FunctionType)) and id(thing) in renewed:
                    setattr(module, name, renewed[id(thing)])
        return renewed


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
