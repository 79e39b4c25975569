"""Reads all layers, lowest first."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from strata.defaults import DEFAULTS
from strata.merge import Tree, merged, put


class Settings:
    """Read by dotted path: `settings["cache.size"]`."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __getitem__(self, path: str) -> Any:
        node: Any = self._tree
        for name in path.split("."):
            try:
                node = node[name]
            except (KeyError, TypeError):
                raise KeyError(path) from None
        return node

    def get(self, path: str, default: Any = None) -> Any:
        try:
            return self[path]
        except KeyError:
            return default


def load(
    text: str = "",
    environ: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> Settings:
    """The settings of a project.

    Args:
        text: the project's file, as TOML.
        environ: variables such as STRATA_CACHE__SIZE=64.
        options: "PATH=VALUE" from the command line.
    """
    tree = merged(DEFAULTS, tomllib.loads(text))
    for name, raw in sorted((environ or {}).items()):
        if name.startswith("STRATA_"):
            put(tree, name.removeprefix("STRATA_").lower().replace("__", "."), _value(raw))
    for option in options:
        path, equals, raw = option.partition("=")
        if not equals:
            raise ValueError(f"{option!r} should be PATH=VALUE")
        put(tree, path, _value(raw))
    return Settings(tree)


def _value(raw: str) -> Any:
    """Numbers and booleans as TOML has them; anything else is text."""
    try:
        return tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return raw
