"""Imports that an edit needs: 9 % of small fixes add one."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import replace

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement

HOMES: dict[str, tuple[str, ...]] = {
    "pathlib": ("Path", "PurePath", "PurePosixPath"),
    "collections": ("defaultdict", "deque", "Counter", "OrderedDict", "namedtuple", "ChainMap"),
    "collections.abc": ("Mapping", "Iterable", "Sequence", "Callable"),
    "dataclasses": ("dataclass", "field", "replace", "asdict"),
    "datetime": ("timedelta", "timezone", "datetime", "date"),
    "decimal": ("Decimal", "InvalidOperation"),
    "json": ("JSONDecodeError",),
    "queue": ("Empty", "Full"),
    "subprocess": ("CalledProcessError", "TimeoutExpired"),
    "fractions": ("Fraction",),
    "functools": ("partial", "reduce", "lru_cache", "wraps", "cached_property", "cache"),
    "itertools": ("chain", "product", "permutations", "combinations", "islice", "groupby",
                  "zip_longest", "accumulate"),
    "typing": ("Any", "Optional", "Union", "cast", "NamedTuple"),
    "copy": ("deepcopy",),
    "math": ("ceil", "floor", "isclose", "isnan", "gcd", "sqrt", "prod"),
    "contextlib": ("contextmanager", "suppress", "ExitStack"),
    "enum": ("Enum", "IntEnum"),
    "inspect": ("isclass", "iscoroutinefunction", "signature"),
    "urllib.parse": ("quote", "unquote", "urljoin", "urlparse", "urlsplit"),
}  # fmt: skip


def lines_for(site: Site, name: str) -> Iterator[str]:
    """Import lines that could bring this name into the file, the likeliest first."""
    if name in sys.stdlib_module_names:
        yield f"import {name}"
    relative = any(node.level for node in site.module.all(ast.ImportFrom))
    if line := site.package.import_of(name, site.module.path, relative=relative):
        yield line
    for module, members in HOMES.items():
        if name in members:
            yield f"from {module} import {name}"


def imported(site: Site, name: str, share: float) -> Iterator[Draft]:
    """The import alone."""
    for line in lines_for(site, name):
        yield Draft((_at_top(site, line),), share, line)


def with_import(site: Site, draft: Draft, name: str) -> Iterator[Draft]:
    """The draft, with the import of a name that the file does not know yet; nothing where it is
    not known where that comes from."""
    if any(near.name == name for near in site.names):
        yield draft
        return
    for line in lines_for(site, name):
        pieces = (*draft.replacements, _at_top(site, line))
        yield replace(draft, replacements=pieces, note=f"{draft.note}; {line}")
        return


def _at_top(site: Site, line: str) -> Replacement:
    """The line after the last import of the file's head, else after its docstring."""
    source, tree = site.module.source, site.module.tree
    at = source.line_starts[0]
    for statement in tree.body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not (is_text or isinstance(statement, ast.Import | ast.ImportFrom)):
            break
        lines = source.lines_of(statement)
        at = lines[1] if lines else at
    return Replacement(at, at, line + source.newline)
