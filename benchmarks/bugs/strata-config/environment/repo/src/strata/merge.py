"""How one layer covers another."""

from collections.abc import Mapping
from typing import Any

Tree = dict[str, Any]


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Tree:
    """A new tree where `above` wins; tables are merged, all else is replaced.

    A value of None removes the key, and a list under "+KEY" is appended to KEY's list.
    """
    result: Tree = dict(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        elif key.startswith("+"):
            result[key[1:]] = [*result.get(key[1:], []), *value]
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def put(tree: Tree, path: str, value: Any) -> None:
    """Set the value at a dotted path, making tables on the way."""
    *tables, last = path.split(".")
    for name in tables:
        tree = tree.setdefault(name, {})
    tree[last] = value
