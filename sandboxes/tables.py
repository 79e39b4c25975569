"""Values out of files that anybody may have written: what is of another kind is not there."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Mapping
from typing import Any

Table = Mapping[str, Any]


def toml(text: str) -> Table:
    """The whole of a TOML file; an empty table where it is none."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def ini(text: str) -> Table:
    """The sections of an INI file; none where it is none."""
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(text)
    except configparser.Error:
        return {}
    return {name: dict(config.items(name)) for name in config.sections()}


def table(outer: object, *names: str) -> Table:
    """The table of this name in another; an empty one where there is something else."""
    for name in names:
        outer = outer.get(name) if isinstance(outer, Mapping) else None
    return outer if isinstance(outer, Mapping) else {}


def strings(value: object) -> list[str]:
    """The strings of a list."""
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []


def string(value: object) -> str:
    return value if isinstance(value, str) else ""
