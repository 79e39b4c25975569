"""A template that calls another of Python's own functions or methods where no family of words
(see `kindred`) pairs the two."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.imports import with_import
from fixit_runtime.tools.repair.kindred import kin
from fixit_runtime.tools.repair.names import renamed
from fixit_runtime.tools.repair.scopes import BUILTINS

# Functions by what they take, those of like use side by side; a function may stand in several.
_BY_USE = (
    ("len", "sum", "max", "min", "sorted", "list", "set", "tuple", "any", "all", "reversed",
     "frozenset", "dict", "iter", "next", "enumerate", "str", "bool"),
    ("int", "float", "str", "bool", "abs", "round", "complex", "ord", "chr", "hex", "oct", "bin",
     "repr", "ascii", "hash", "bytes", "len", "type", "id", "format"),
    ("isinstance", "issubclass", "hasattr", "callable"),
    ("getattr", "hasattr", "setattr", "delattr", "vars", "dir"),
    ("map", "filter", "zip"), ("range", "enumerate", "len", "reversed"),
    ("divmod", "pow", "round", "max", "min", "range"), ("super", "type"),
)  # fmt: skip
# What stands in the standard library for a builtin, for one of its own.
_ELSEWHERE = {
    "zip": ("zip_longest", "product", "chain"), "round": ("floor", "ceil"), "sum": ("prod",),
    "int": ("floor", "ceil", "Decimal", "Fraction"), "dict": ("OrderedDict", "defaultdict"),
    "list": ("deque",), "max": ("gcd",), "float": ("Decimal", "Fraction"), "map": ("accumulate",),
    "zip_longest": ("zip",), "chain": ("zip", "product"), "product": ("zip", "combinations",
    "permutations"), "permutations": ("combinations", "product"), "combinations":
    ("permutations", "product"), "deepcopy": ("copy",), "defaultdict": ("dict", "Counter"),
    "quote": ("quote_plus",), "lru_cache": ("cache",), "abs": ("ceil",),
}  # fmt: skip
# Methods of texts, lists, dicts and sets, by how they are called.
_METHODS = (
    ("strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase",
     "split", "splitlines", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower",
     "isnumeric", "isdecimal", "isidentifier"),
    ("startswith", "endswith", "find", "rfind", "index", "rindex", "count", "split", "rsplit",
     "strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "partition", "rpartition",
     "join", "zfill", "ljust", "rjust", "center"),
    ("append", "extend", "remove", "add", "discard", "update", "insert", "pop", "push"),
    ("get", "pop", "setdefault", "update"), ("keys", "values", "items", "copy", "clear", "pop"),
    ("union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset",
     "isdisjoint", "update", "intersection_update", "difference_update"),
    ("sort", "reverse", "clear", "copy", "pop"),
)  # fmt: skip


def builtin(site: Site) -> Iterator[Draft]:
    """Another function or method of Python's own that takes as much; `zip` as `zip_longest` and
    the like, with the import. Kin are left to `callee`."""
    calls = [n for n in site.nodes if isinstance(n, ast.Call)]
    bound = {near.name for near in site.names}
    for call in calls:
        match call.func:
            case ast.Name(id=name) as function:
                if name in BUILTINS and name not in bound:
                    others = [o for o in _others(name, _BY_USE) if o not in bound]
                    for other in others:
                        yield site.swap(function, other, 0.7 / len(others) / len(calls))
                further = [n for n in _ELSEWHERE.get(name, ()) if n not in kin(name)]
                for other in further:
                    draft = site.swap(function, other, 0.3 / len(further) / len(calls))
                    yield from [draft] if other in BUILTINS else with_import(site, draft, other)
            case ast.Attribute(attr=name) as method:
                others = _others(name, _METHODS)
                for other in others:
                    yield renamed(site, method, other, 0.7 / len(others) / len(calls))


def _others(name: str, families: tuple[tuple[str, ...], ...]) -> list[str]:
    """Members of the families of a word that are no kin of it."""
    found = dict.fromkeys(word for family in families if name in family for word in family)
    return [word for word in found if word != name and word not in kin(name)]
