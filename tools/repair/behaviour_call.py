"""One call of a function, that can be done again: sent into the sandbox with
`behaviour_probe.py`. Python 3.8+, standard library only.

A function made inside another is called with what it holds on to (its cells), which is copied as
its arguments are: calls of a decorated function change what its decorator keeps.
"""

from __future__ import annotations

import asyncio
import inspect
import types
from itertools import islice
from typing import Any

from fixit_runtime.tools.repair.behaviour_copy import Copier, deep_stack
from fixit_runtime.tools.repair.behaviour_shape import cells, shape, shown

ITEMS = 200  # of a generator
_OWNERS = ("self", "cls")
_CLASS = "__class__"  # what `super()` holds on to


class Call:
    """One call: the function, and its arguments by name, in the order of the signature."""

    def __init__(self, function: Any, values: dict[str, Any]) -> None:
        self.function, self.values = function, values

    @classmethod
    def of(cls, function: Any, frame: Any) -> Call:
        code, local = frame.f_code, frame.f_locals
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & inspect.CO_VARARGS)
        count += bool(code.co_flags & inspect.CO_VARKEYWORDS)
        names = code.co_varnames[:count]
        return cls(function, {name: local[name] for name in names})

    def copied(self) -> Call:
        """With copies of its arguments, and of what its function holds on to. Raises what
        `Copier.copy` raises."""
        copier = Copier()
        with deep_stack():
            values = copier.copy(self.values)
            return Call(_copied_function(self.function, copier), values)

    def changed(self, name: str, value: Any) -> Call:
        return Call(self.function, {**self.values, name: value})

    def state(self) -> str:
        """The text (`shape`) of the arguments, and of what the function holds on to."""
        return shape(list(self.values.items()), cells(self.function))

    def make(self) -> Any:
        """Do it, to the end of what it makes lazily."""
        code = self.function.__code__
        names = list(self.values)
        given = [self.values[name] for name in names[: code.co_argcount]]
        kw_end = code.co_argcount + code.co_kwonlyargcount
        named = {name: self.values[name] for name in names[code.co_argcount : kw_end]}
        rest = names[kw_end:]
        if code.co_flags & inspect.CO_VARARGS:
            given += self.values[rest.pop(0)]
        if code.co_flags & inspect.CO_VARKEYWORDS:
            named.update(self.values[rest.pop(0)])
        return _settled(self.function(*given, **named))

    def text(self) -> str:
        """As a person would write it."""
        parts = [shown(value) for name, value in self.values.items() if name not in _OWNERS]
        name = str(self.function.__qualname__).replace("<locals>.", "")
        owner = next((value for key, value in self.values.items() if key == "self"), None)
        if owner is not None and name.count(".") == 1:
            name = shown(owner) + "." + name.rpartition(".")[2]
        return name + "(" + ", ".join(parts) + ")"


def holds(code: Any) -> bool:
    """Whether a function of this code holds on to something of its own."""
    return any(name != _CLASS for name in code.co_freevars)


def function_of(frame: Any, code: Any) -> Any:
    """A function of this code that does what the frame's does; it holds on to the same."""
    local = frame.f_locals
    held = tuple(
        types.CellType(local[name]) if name in local else types.CellType()
        for name in code.co_freevars
    )
    made = types.FunctionType(code, frame.f_globals, code.co_name, None, held)
    made.__qualname__ = getattr(code, "co_qualname", code.co_name)
    return made


def _copied_function(function: Any, copier: Copier) -> Any:
    """Itself where all that it holds on to is its own copy."""
    if not holds(function.__code__):
        return function
    held, itself = [], []
    for cell in function.__closure__:
        try:
            old = cell.cell_contents
        except ValueError:  # it is empty still
            held.append(cell)
            continue
        held.append(types.CellType(copier.copy(old)))
        if type(old) is types.FunctionType and old.__code__ is function.__code__:
            itself.append(held[-1])
    made = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__,
        tuple(held),
    )  # fmt: skip
    made.__qualname__, made.__kwdefaults__ = function.__qualname__, function.__kwdefaults__
    for cell in itself:
        cell.cell_contents = made
    return made


def _settled(value: Any) -> Any:
    if inspect.iscoroutine(value):
        return asyncio.run(value)
    if inspect.isasyncgen(value):
        return asyncio.run(_all_of(value))
    if inspect.isgenerator(value) or isinstance(value, (map, filter, zip)):
        return [type(value).__name__, *islice(value, ITEMS)]
    return value


async def _all_of(value: Any) -> list[Any]:
    return [part async for part in value]
