"""What pytest does in the same way at the start of every run, done once. Sent into the sandbox
with `worker.py`: Python 3.8+, pytest 6+.

These are pytest's own inner parts, so all of it is optional: where a version has them otherwise,
a run does the work itself. Nothing of the repository is read here.
"""

from __future__ import annotations

import contextlib
import inspect
import pathlib
import types
from collections.abc import Callable
from typing import Any

# an attribute that is one of these, and is not marked as a fixture, cannot be one
_INERT = (
    type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType,
    str, bytes, int, float, tuple, list, dict, set, frozenset, type(None),
)  # fmt: skip
_MARKS = ("_pytestfixturefunction", "__pytest_wrapped__", "__wrapped__")


def begin_with(args: list[str]) -> None:
    """Make pytest begin from a configuration that already has its own plugins, in runs with
    these arguments."""
    from _pytest import config

    original = config.get_config
    with contextlib.suppress(Exception):
        named = _names_its_program(original)
        prepared = original(list(args), None, **named)
        config.get_config = _once(original, prepared, list(args), named)
        _look_less(prepared)


def _names_its_program(get_config: Callable[..., Any]) -> dict[str, str]:
    """pytest 9 hands on what its help is to call it."""
    return {"prog": "pytest.main()"} if "prog" in inspect.signature(get_config).parameters else {}


def _once(
    original: Callable[..., Any], prepared: Any, expected: list[str], named: dict[str, str]
) -> Callable[..., Any]:
    def get_config(args: Any = None, plugins: Any = None, **rest: Any) -> Any:
        from _pytest import config

        config.get_config = original
        if list(args or ()) != expected or rest != named:
            return original(args, plugins, **rest)
        params = type(prepared.invocation_params)
        prepared.invocation_params = params(args=args, plugins=plugins, dir=pathlib.Path.cwd())
        return prepared

    return get_config


def _look_less(prepared: Any) -> None:
    """Spare pytest the search of its own modules for fixtures, but for what may be one."""
    from _pytest import fixtures

    known = {
        plugin: [name for name in dir(plugin) if _may_be_fixture(getattr(plugin, name, None))]
        for plugin in prepared.pluginmanager.get_plugins()
        if isinstance(plugin, types.ModuleType) and plugin.__name__.startswith("_pytest.")
    }

    def quick_dir(*holder: Any) -> list[str]:
        if len(holder) == 1 and type(holder[0]) is types.ModuleType and holder[0] in known:
            return known[holder[0]]
        return dir(*holder)

    fixtures.dir = quick_dir  # type: ignore[attr-defined]


def _may_be_fixture(value: Any) -> bool:
    return not isinstance(value, _INERT) or any(hasattr(value, mark) for mark in _MARKS)
