"""Templates that give an expression one more term, another step, or another expression of the
function in its place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.subjects import own_members

_NAMES_TRIED = 8
_DONORS_TRIED = 10
_PLACES = (
    ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Call, ast.BinOp, ast.Compare,
    ast.Subscript, ast.Slice, ast.IfExp, ast.keyword, ast.Tuple, ast.List, ast.ListComp,
    ast.GeneratorExp, ast.DictComp, ast.Dict, ast.Yield, ast.NamedExpr,
)  # fmt: skip
_VALUES = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)
_SIGNS = {"+": 0.4, "-": 0.25, "*": 0.15, "%": 0.05, "//": 0.05, "/": 0.05}
_STEPS = ("- 1", "+ 1", "// 2", "* 2", "- 2", "+ 2", "// 10", "% 10", "% 2", "/ 2")
_OPERATIONS = ("% 2", "& 1", "// 2", "* 2", "** 2", "% 10", "// 10", "- 2", "+ 2", "/ 2", "/ 100")
_DIGITS = re.compile(r"\b\d+\b(?!.*\b\d+\b)")


_SECOND = re.compile(r"\[(?:0|1|-1)\]$")
_TURNED = {"[0]": "[1]", "[1]": "[0]", "[-1]": "[0]"}


def extended(site: Site) -> Iterator[Draft]:
    """`x` as `x + y`, `x - self.y`, `x % len(y)`: with a name, an attribute or a like term of
    the function. `+ 1` and `- 1` are left to `bound`, but for a call of the function itself."""
    places = [n for n in site.nodes if isinstance(n, _VALUES) and _is_place(site, n)]
    places = [n for n in places if not isinstance(site.parent(n), ast.Attribute)]
    others = _others(site)
    for node in places:
        text, held = site.text(node), _names(node)
        left = site.atom(node) if not isinstance(node, ast.BinOp) else text
        for sign, part in _SIGNS.items():
            for other, share in others:
                if other != text and not (sign in "%/" and other in held):
                    wide = left if sign in "+-" else site.atom(node)
                    new = f"{wide} {sign} {other}"
                    yield site.swap(node, _kept_apart(site, node, new), part * share / len(places))
                    if sign in "-/":
                        new = f"{other} {sign} {site.atom(node)}"
                        turned = 0.5 * part * share / len(places)
                        yield site.swap(node, _kept_apart(site, node, new), turned)
        for step in _OPERATIONS:
            if not isinstance(node, ast.BinOp):
                yield site.swap(
                    node, _kept_apart(site, node, f"{left} {step}"), 0.015 / len(places)
                )
        if isinstance(node, ast.Call) and _calls_itself(site, node):
            for new in (f"1 + {text}", f"{text} - 1", *_other_branches(site, node)):
                yield site.swap(node, _kept_apart(site, node, new), 0.3 / len(places))
    yield from _again(site)


def _other_branches(site: Site, call: ast.Call) -> Iterator[str]:
    """A recursive call with a second one beside it, which takes the step in another argument."""
    for at, stepped in enumerate(call.args):
        match stepped:
            case ast.BinOp(left=left, right=ast.Constant() as step):
                sign = site.text(stepped)[len(site.text(left)) :].strip()[:1]
            case _:
                continue
        for other, argument in enumerate(call.args):
            if other != at and isinstance(argument, ast.Name):
                texts = [site.text(each) for each in call.args]
                texts[at] = site.text(left)
                texts[other] = f"{argument.id} {sign} {site.text(step)}"
                again = f"{site.text(call.func)}({', '.join(texts)})"
                yield f"{site.text(call)} + {again}"
                yield f"{site.text(call)} or {again}"


def _others(site: Site) -> list[tuple[str, float]]:
    """Terms to add, with shares: names, attributes of self, lengths."""
    names = [near.name for near in site.near_values(_NAMES_TRIED)]
    weighed = {name: (4.0 if name in site.idle else 1.0) for name in names}
    for text in site.module.expressions(site.scope)[:_DONORS_TRIED]:
        weighed.setdefault(text, 0.7)
    for member in own_members(site)[:6]:
        weighed.setdefault(member, 0.5)
    uses = site.module.uses(site.scope)
    for name in [*names, *(near.name for near in site.names if near.name.isupper())]:
        if uses.get(name, frozenset()) & {"index", "iterate"} or name.isupper():
            weighed.setdefault(f"len({name})", 0.5)
    numbers = [v for v, _ in site.module.literals.most_common(8) if isinstance(v, int)]
    for value in (n for n in numbers if n > 2):
        weighed.setdefault(str(value), 0.3)
    total = sum(weighed.values()) or 1.0
    return [(text, weight / total) for text, weight in weighed.items()]


def _again(site: Site) -> Iterator[Draft]:
    """The last term or clause once more, with its number one on or another name in it."""
    nodes = [n for n in site.nodes if isinstance(n, ast.BinOp | ast.BoolOp)]
    for node in nodes:
        last = node.right if isinstance(node, ast.BinOp) else node.values[-1]
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            continue
        text = site.text(last)
        start = site.module.source.span(last)[0]
        before = site.module.source.text[:start].rstrip(" (")
        sign = before[-1:] if isinstance(node, ast.BinOp) else re.findall(r"\w+$", before)[0]
        options = [_DIGITS.sub(lambda m: str(int(m[0]) + 1), text)]
        options += [new for _, new in zip(range(4), _renamed(site, text), strict=False)]
        for option in dict.fromkeys(options):
            if option != text:
                new = f"{site.text(node)} {sign} {option}"
                yield site.swap(node, new, 0.2 / len(options) / len(nodes))


def _renamed(site: Site, text: str) -> Iterator[str]:
    names = [near.name for near in site.near_values(_NAMES_TRIED)]
    for old in [name for name in names if re.search(rf"\b{name}\b", text)]:
        for new in names:
            if new != old:
                yield re.sub(rf"\b{old}\b", new, text)


def stepped(site: Site) -> Iterator[Draft]:
    """`n - 1` as `n // 2` and the like: another step of a loop or a recursion."""
    nodes = [
        n
        for n in site.nodes
        if isinstance(n, ast.BinOp) and isinstance(n.right, ast.Constant)
        if isinstance(n.right.value, int)
    ]
    for node in nodes:
        left = site.whole(node.left)
        for step in _STEPS:
            if f"{left} {step}" != site.text(node):
                yield site.swap(node, f"{left} {step}", 1 / len(_STEPS) / len(nodes))


def donated(site: Site) -> Iterator[Draft]:
    """A value as another expression of the function, an attribute of self, or a plain constant:
    what is spelt alike first."""
    if site.function is None:
        return
    kinds = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)
    places = [n for n in site.nodes if isinstance(n, kinds) and _is_place(site, n)]
    own = site.module.expressions(site.scope)[:16]
    beside = [_SECOND.sub(lambda m: _TURNED[m[0]], text) for text in own if _SECOND.search(text)]
    donors = list(dict.fromkeys([*own, *beside, *own_members(site)]))
    for node in places:
        text = site.text(node)
        weighed = {d: 0.1 + likeness(text, d) for d in donors if d != text}
        total = sum(weighed.values()) + 0.5
        order = sorted(weighed, key=lambda donor: -weighed[donor])
        for donor in order[:_DONORS_TRIED]:
            yield site.swap(node, donor, 0.7 * weighed[donor] / total / len(places))
        if isinstance(node, ast.Attribute):
            for near in site.values_at(node, 6):
                yield site.swap(node, near.name, 0.1 / len(places))
        if isinstance(node, ast.Name | ast.Attribute):
            for plain in ("0", "1", "None", "True", "False", '""', "[]"):
                yield site.swap(node, plain, 0.03 / len(places))


def exchanged(site: Site) -> Iterator[Draft]:
    """Two names of the statement in each other's place, wherever they stand in it."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for node in site.nodes:
        if isinstance(node, ast.Name) and not _is_callee(site, node):
            spans.setdefault(node.id, []).append(site.module.source.span(node))
    values = {near.name for near in site.names if not near.tool}
    names = [name for name in spans if name in values][:6]
    pairs = [(a, b) for at, a in enumerate(names) for b in names[at + 1 :]]
    for a, b in pairs:
        pieces = [Replacement(*span, b) for span in spans[a]]
        pieces += [Replacement(*span, a) for span in spans[b]]
        yield Draft(tuple(pieces), 1 / len(pairs), f"{a} and {b} exchanged")


def _is_place(site: Site, node: ast.expr) -> bool:
    """Whether the node is a value that may become another one: no callee, target or part of a
    dotted name."""
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or _is_callee(site, node):
        return False
    parent = site.parent(node)
    if isinstance(parent, ast.Attribute):
        return isinstance(node, ast.Attribute)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        return False
    return isinstance(parent, _PLACES)


def _kept_apart(site: Site, node: ast.expr, text: str) -> str:
    """The text in parentheses where an operator beside it would tear it apart."""
    parent = site.parent(node)
    if isinstance(parent, ast.BinOp) and not isinstance(parent.op, ast.Add):
        return f"({text})"
    return text


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _is_callee(site: Site, node: ast.expr) -> bool:
    parent = site.parent(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _calls_itself(site: Site, node: ast.Call) -> bool:
    name = site.function.name if site.function else ""
    match node.func:
        case ast.Name(id=called) | ast.Attribute(attr=called):
            return called == name
    return False
