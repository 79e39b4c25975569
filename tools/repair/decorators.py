"""A template that puts a missing decorator on a function or a class."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.imports import with_import
from fixit_runtime.tools.repair.scopes import Function, parameters

_TRIED = 5
_IMPORTED = ("wraps", "contextmanager", "lru_cache", "cache", "cached_property", "dataclass")


def decorator_added(site: Site) -> Iterator[Draft]:
    """A decorator that like definitions of the file wear; one of Python's own that fits:
    `@wraps(f)` in a decorator, `@contextmanager` on a generator, `@property`, `@lru_cache`."""
    definition, source = site.statement, site.module.source
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    span = source.lines_of(definition)
    if span is None:
        return
    worn = {site.text(each) for each in definition.decorator_list}
    margin = source.margin(definition)
    for text, share in _offered(site, definition).items():
        if text not in worn:
            line = f"{margin}@{text}{source.newline}"
            draft = Draft((Replacement(span[0], span[0], line),), share, f"@{text}")
            name = text.partition("(")[0]
            yield from with_import(site, draft, name) if name in _IMPORTED else [draft]


def _offered(site: Site, definition: ast.stmt) -> dict[str, float]:
    """Decorators as typed after the @, with shares."""
    found = _seen(site, definition)
    if isinstance(definition, ast.ClassDef):
        fields = any(isinstance(each, ast.AnnAssign) for each in definition.body)
        share = 0.3 if fields else 0.02
        found.setdefault("dataclass", share)
        found.setdefault("dataclass(frozen=True)", 0.3 * share)
        return found
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    own = [site.text(each) for each in definition.decorator_list]
    if isinstance(site.parent(definition), ast.ClassDef):
        fixed = ("property", "staticmethod", "classmethod")
        if not set(own) & set(fixed):
            first = parameters(definition)[:1]
            fit = {"self": "property", "cls": "classmethod"}.get(
                first[0].arg if first else "", "staticmethod"
            )
            alone = len(parameters(definition)) == 1
            found |= {each: 0.25 if each == fit else 0.05 for each in fixed if each not in found}
            if alone and fit == "property":
                found.setdefault("cached_property", 0.05)
    elif (outer := site.module.function_of(definition)) is not None:
        for name in [arg.arg for arg in parameters(outer)][:2]:
            if _calls(definition, name):
                spelt = "functools.wraps" if "functools" in site.tools else "wraps"
                found.setdefault(f"{spelt}({name})", 0.6)
    if any(isinstance(node, ast.Yield) for node in site.module.within(definition)):
        found.setdefault("contextmanager", 0.1)
    elif parameters(definition):
        found.setdefault("lru_cache(maxsize=None)", 0.06)
        found.setdefault("cache", 0.04)
    return found


def _seen(site: Site, definition: ast.stmt) -> dict[str, float]:
    """What other definitions of the same kind wear, those of the same block first."""
    beside = site.parent(definition)
    found: dict[str, float] = {}
    others: list[Function | ast.ClassDef] = [*site.module.every_function]
    if isinstance(definition, ast.ClassDef):
        others = [*site.module.all(ast.ClassDef)]
    for other in others:
        near = site.module.parent(other) is beside
        for each in other.decorator_list if other is not definition else ():
            text = site.text(each)
            if "\n" not in text and not text.endswith((".setter", ".deleter")):
                found[text] = max(found.get(text, 0.0), 0.3 if near else 0.1)
    best = sorted(found, key=lambda text: -found[text])[:_TRIED]
    return {text: found[text] for text in best}


def _calls(function: ast.AST, name: str) -> bool:
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == name
        for n in ast.walk(function)
    )
