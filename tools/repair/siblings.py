"""Templates that take whole statements from like functions of the same file: a sibling often
does one thing more."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.guards import first_of
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.layout import draft, inserted
from fixit_runtime.tools.repair.scopes import Function
from fixit_runtime.tools.repair.subjects import parameters_of

_DONORS_TRIED = 12
_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Delete, ast.Raise, ast.Return)
_BUILTINS = frozenset(dir(builtins))


def from_sibling(site: Site) -> Iterator[Draft]:
    """A simple statement, or an `if` over one, that another function of the file has and this
    one has not, before or after the statement. All its names must be known here."""
    if site.function is None:
        return
    donors = _donors(site)[:_DONORS_TRIED]
    total = sum(weight for _, weight in donors) + 1.0
    for lines, weight in donors:
        for after in (False, True):
            piece = inserted(site.module.source, site.statement, list(lines), after=after)
            note = f"add {' '.join(line.strip() for line in lines)}, as in a like function"
            yield from draft([piece], 0.5 * weight / total, note)


def _donors(site: Site) -> list[tuple[tuple[str, ...], float]]:
    """Lines of statements with how fitting they are, the most fitting first."""
    own = site.function
    assert own is not None
    known = {near.name for near in site.names if near.nearness >= 0.9 or near.tool} | _BUILTINS
    known |= {near.name for near in site.names if near.name.isupper()}
    here = {lines for lines, _, _ in site.module.simple.get(id(own), ())}
    found: dict[tuple[str, ...], float] = {}
    for function in site.module.every_function:
        if function is own:
            continue
        close = closeness(site, own, function)
        for typed, names, members in site.module.simple.get(id(function), ()):
            lines = tuple(_as_own(line, function.name, own.name) for line in typed)
            if lines in here or not names <= known:
                continue
            shared = len(members & site.own_names) / (1 + len(members))
            found[lines] = max(close * (0.3 + shared), found.get(lines, 0.0))
    return sorted(found.items(), key=lambda item: -item[1])


def _as_own(line: str, theirs: str, own: str) -> str:
    """The line with what names the other function in a string named after this one."""
    return re.sub(rf"(?<=[\"']){re.escape(theirs)}(?=[\"'])", own, line)


def closeness(site: Site, own: Function, other: Function) -> float:
    """How far one function's code may serve another's: of its class, and of a like name."""
    same_class = site.module.parent(own) is site.module.parent(other)
    return (1.0 if same_class else 0.4) * (0.3 + likeness(own.name, other.name))


def as_own(site: Site, text: str, unknown: frozenset[str]) -> Iterator[tuple[str, float]]:
    """A text of another function as it is where all in it is known, else with one name turned
    into a near one, with how fitting that is."""
    if not unknown:
        yield text, 1.0
    elif len(unknown) == 1:
        (name,) = unknown
        for near in site.near_values(3):
            fit = 1.0 if near.name in site.idle else 0.2 + 0.6 * likeness(name, near.name)
            yield re.sub(rf"(?<!\.)\b{re.escape(name)}\b", near.name, text), fit


def left_here(site: Site) -> Iterator[Draft]:
    """`continue`, `break` or a return after the statement, where its block ends with it."""
    block, at = site.module.block_of(site.statement)
    leaves = (ast.Return, ast.Raise, ast.Continue, ast.Break)
    if site.function is None or isinstance(site.statement, leaves):
        return
    inside = isinstance(site.parent(site.statement), ast.If | ast.For | ast.While | ast.Try)
    if at != len(block) - 1 or not inside:
        return
    options: dict[str, float] = {"return": 0.05}
    if site.is_within(site.statement, ast.For, ast.While):
        options |= {"continue": 0.35, "break": 0.35}
    returned = {
        site.text(n): 0.15
        for n in site.module.within(site.scope)
        if isinstance(n, ast.Return) and n.value is not None
    }
    short = {text: share for text, share in returned.items() if len(text) < 40 and "\n" not in text}
    names = [near.name for near in site.near_values(4)]
    options |= dict(list(short.items())[:4]) | {f"return {name}": 0.04 for name in names}
    for text, share in options.items():
        piece = inserted(site.module.source, site.statement, [text], after=True)
        yield from draft([piece], share, f"then {text}")


def looped(site: Site) -> Iterator[Draft]:
    """`if` as `while` and back; a loop over `enumerate(x)`, `x.items()` or a part of `x`."""
    statement, source = site.statement, site.module.source
    start = source.span(statement)[0]
    if isinstance(statement, ast.If) and source.text.startswith("if", start):
        if not statement.orelse and site.function is not None:
            yield Draft((Replacement(start, start + 2, "while"),), 0.15, "if -> while")
    elif isinstance(statement, ast.While) and not statement.orelse:
        yield Draft((Replacement(start, start + 5, "if"),), 0.2, "while -> if")
    elif isinstance(statement, ast.For):
        yield from _over(site, statement)


def _over(site: Site, loop: ast.For) -> Iterator[Draft]:
    text = site.text(loop.iter)
    atom = site.atom(loop.iter)
    for new, share in {
        f"{atom}[1:]": 0.1, f"{atom}[:-1]": 0.1, f"reversed({text})": 0.1, f"sorted({text})": 0.1,
        f"sorted({text}, reverse=True)": 0.05, f"list({text})": 0.1,
        f"set({text})": 0.05, f"{atom}[::-1]": 0.05,
    }.items():  # fmt: skip
        yield site.swap(loop.iter, new, share)
    for near in site.near_values(8):
        if near.name != text:
            yield site.swap(loop.iter, near.name, 0.05)


def assigned(site: Site) -> Iterator[Draft]:
    """A result that is thrown away, given to what it was made of: `x.strip()` as
    `x = x.strip()`, `f(x)` as `x = f(x)`."""
    statement = site.statement
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return
    call = statement.value
    places = [a for a in call.args if isinstance(a, ast.Name | ast.Attribute | ast.Subscript)]
    if isinstance(call.func, ast.Attribute):
        receiver = call.func.value
        if isinstance(receiver, ast.Name | ast.Attribute | ast.Subscript):
            places.insert(0, receiver)
    start = site.module.source.span(statement)[0]
    for place in places[:4]:
        text = site.text(place)
        if text not in ("self", "cls"):
            piece = Replacement(start, start, f"{text} = ")
            yield Draft((piece,), 0.5 / len(places), f"{text} = …")


# What a function does to an argument before it uses it, with shares by hand.
_NORMAL = {
    "{0} = {0} or []": 0.1, "{0} = {0} or {{}}": 0.08, "{0} = {0}.strip()": 0.08,
    "{0} = list({0})": 0.1, "{0} = {0}.lower()": 0.06, "{0} = str({0})": 0.06,
    "{0} = int({0})": 0.05, "{0} = dict({0})": 0.06, "{0} = sorted({0})": 0.04,
    "{0} = {0}.copy()": 0.04, "{0} = abs({0})": 0.03, "{0} = set({0})": 0.03,
    '{0} = {0} or ""': 0.03, "{0} = tuple({0})": 0.03, "{0} = max({0}, 0)": 0.02,
    "{0} = {0}.rstrip()": 0.02, "{0} = float({0})": 0.02,
}  # fmt: skip


def normalised(site: Site) -> Iterator[Draft]:
    """An argument made what the function counts on, at its start."""
    function, statement = site.function, site.statement
    if function is None or statement is not first_of(function.body):
        return
    names = parameters_of(site)[:5]
    boxes = [n for n in names if site.module.uses(function).get(n, frozenset()) & {"index"}]
    for name in names:
        forms = {form.format(name): share for form, share in _NORMAL.items()}
        forms |= {f"{name} %= len({box})": 0.04 for box in boxes if box != name}
        for text, share in forms.items():
            piece = inserted(site.module.source, statement, [text])
            yield from draft([piece], share / len(names), text)
