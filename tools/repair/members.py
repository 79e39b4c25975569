"""A template that gives a class a method which its like classes have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.layout import draft, reindented
from fixit_runtime.tools.repair.scopes import Function

_LINES = 15  # of a method that is lent
_TRIED = 12
# Python's own hooks over the one collection that a class holds.
_HOOKS = {
    "__len__": ("self", "return len({0})"), "__iter__": ("self", "return iter({0})"),
    "__contains__": ("self, item", "return item in {0}"), "__bool__": ("self", "return bool({0})"),
    "__getitem__": ("self, key", "return {0}[key]"), "__str__": ("self", "return str({0})"),
    "__hash__": ("self", "return hash({0})"),
}  # fmt: skip
_BOXES = 2


def member_added(site: Site) -> Iterator[Draft]:
    """At the end of a class a method of another class of the file, those of the same bases
    first, or one of Python's own hooks over what the class holds."""
    owner, source = site.statement, site.module.source
    if not isinstance(owner, ast.ClassDef):
        return
    own = set(site.module.bindings(owner))
    margin = source.margin(owner.body[0])
    last = source.lines_of(owner.body[-1])
    if last is None or owner.body[0].lineno == owner.lineno:
        return
    ended = source.text[: last[1]].endswith(("\n", "\r"))
    gap = source.newline if ended else source.newline * 2
    for text, note, share in (*_lent(site, owner, own, margin), *_hooks(site, owner, own, margin)):
        piece = Replacement(last[1], last[1], f"{gap}{text}")
        yield from draft([piece], share, note)


def _lent(
    site: Site, owner: ast.ClassDef, own: set[str], margin: str
) -> list[tuple[str, str, float]]:
    """Methods of other classes at this one's margin, with what is said of them and shares."""
    found: list[tuple[float, Function, str]] = []
    bases = {site.text(base) for base in owner.bases}
    known = own | site.module.members[f"self@{owner.name}"].keys()
    for other in site.module.all(ast.ClassDef):
        if other is owner or other.name in bases:
            continue
        alike = 1.0 if bases & {site.text(base) for base in other.bases} else 0.2
        alike += 0.5 * likeness(owner.name, other.name)
        for method in other.body:
            if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if method.name in own or (method.end_lineno or 0) - method.lineno >= _LINES:
                continue
            text = reindented(site.module.source, method, margin)
            if text is not None:
                fit = alike * _fitness(site, method, known)
                found.append((fit, method, text.rstrip("\r\n") + site.module.source.newline))
    best = sorted(found, key=lambda each: -each[0])[:_TRIED]
    total = sum(fit for fit, *_ in best) + 0.5
    return [(text, f"{m.name}() as like classes have it", fit / total) for fit, m, text in best]


def _fitness(site: Site, method: Function, known: set[str]) -> float:
    """How well a method would do in a class that has these members."""
    read = {
        node.attr
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == "self"
    }
    missing = method.name in site.clues.attributes
    told = method.name in site.clues.mentioned
    return (0.3 + 2.0 * missing + 0.5 * told) * (0.1 + (len(read & known) + 1) / (len(read) + 1))


def _hooks(
    site: Site, owner: ast.ClassDef, own: set[str], margin: str
) -> Iterator[tuple[str, str, float]]:
    source = site.module.source
    held = site.module.members[f"self@{owner.name}"]
    boxes = [name for name, _ in held.most_common() if name not in _methods(owner)][:_BOXES]
    for name, (given, body) in _HOOKS.items():
        for box in boxes if name not in own else ():
            line = body.format(f"self.{box}")
            text = f"{margin}def {name}({given}):{source.newline}{margin}{source.indent}{line}"
            yield text + source.newline, f"{name}: {line}", 0.3 / len(_HOOKS) / len(boxes)


def _methods(owner: ast.ClassDef) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name for each in owner.body if isinstance(each, kinds)}
