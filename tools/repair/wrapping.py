"""Templates that put an expression into a call, an index or an `or`, or take it out of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.imports import with_import
from fixit_runtime.tools.repair.scopes import BUILTINS, defaults_of
from fixit_runtime.tools.repair.subjects import own_members

# What small fixes wrap an expression in, with shares chosen by hand: of 78 wraps and unwraps in
# fixes.md 31 are calls, 11 methods, 7 if-expressions and 5 `or`; 15 unwrap.
_CALLS = {
    "str": 0.1, "int": 0.1, "list": 0.12, "len": 0.06, "sorted": 0.06, "abs": 0.06, "set": 0.05,
    "tuple": 0.05, "float": 0.04, "dict": 0.03, "bool": 0.03, "repr": 0.02, "reversed": 0.03,
    "deepcopy": 0.01, "sum": 0.02, "round": 0.03, "max": 0.01, "min": 0.01, "enumerate": 0.01,
    "iter": 0.01,
}  # fmt: skip
_METHODS = {
    ".strip()": 0.05, ".copy()": 0.05, ".lower()": 0.05, ".items()": 0.04, ".values()": 0.03,
    ".keys()": 0.02, ".upper()": 0.02, ".rstrip()": 0.02, ".lstrip()": 0.01, ".split()": 0.02,
    ".encode()": 0.01, ".decode()": 0.01, ".group()": 0.005, ".title()": 0.005,
}  # fmt: skip
_AROUND = {
    "[{}]": 0.08, "{}[0]": 0.04, "{}[-1]": 0.04, "{}[1:]": 0.04, "{}[:-1]": 0.03,
    "{}[::-1]": 0.03, "({},)": 0.02, "-{}": 0.02, "max(0, {})": 0.03, "min(1, {})": 0.005,
    "max(1, {})": 0.01, "{} * 2": 0.005, "1 - {}": 0.005, "not {}": 0.02,
}  # fmt: skip
_OR = {"[]": 0.025, '""': 0.02, "{}": 0.02, "0": 0.015, "None": 0.01}
_WRAPPED = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.BinOp, ast.Dict, ast.List,
            ast.ListComp, ast.SetComp, ast.DictComp, ast.JoinedStr, ast.IfExp)  # fmt: skip
_LIKELIER = 12.0  # so many times, by hand: a form that its place speaks for
_DONORS_TRIED = 6


def wrapped(site: Site) -> Iterator[Draft]:
    """`x` as `str(x)`, `x.strip()`, `x[0]`, `[x]`, `x or []`, `await x`, or in a function that
    the file applies to single values elsewhere."""
    places = [n for n in site.nodes if isinstance(n, _WRAPPED) and _is_value(site, n)]
    callables = _callables(site) if places else frozenset()
    for node in places:
        offered = list(_wraps(site, node, callables))
        total = sum(share for _, share in offered) * len(places)
        for text, share in offered:
            draft = site.swap(node, text, share / total)
            if text.startswith("deepcopy("):
                yield from with_import(site, draft, "deepcopy")
            else:
                yield draft


def _wraps(site: Site, node: ast.expr, callables: AbstractSet[str]) -> Iterator[tuple[str, float]]:
    text, atom = site.text(node), site.atom(node)
    outer = _applied_by(site, node)
    own = _own_calls(site)
    idle = [name for name in site.module.idle_imports if name in site.tools]
    for function in idle:
        yield f"{function}({text})", 0.3
    for function, share in {**_CALLS, **dict.fromkeys(own, 0.04)}.items():
        if function != outer and not _yields(node, function) and not _absurd(node, function):
            yield f"{function}({text})", share
    if not isinstance(node, ast.Dict | ast.List | ast.ListComp):
        for method, share in _METHODS.items():
            if not text.endswith(method):
                here = method in site.text(site.statement)
                used = here or method in site.module.plain_methods(site.scope)
                yield f"{atom}{method}", share * (6 if here else 3 if used else 1)
    for method in site.module.plain_methods(site.scope)[:_DONORS_TRIED]:
        if method not in _METHODS and not text.endswith(method):
            yield f"{atom}{method}", 0.03
    uses = site.module.uses(site.scope)
    for near in site.near_values(8):
        if near.name in site.idle or near.name in callables:
            yield f"{near.name}({text})", 0.04
    if not isinstance(node, ast.Name):
        tags = {t for used in uses.values() for t in used if t[0] == "." and f"{t}(" not in text}
        for tag in sorted(tags & {f".{name}" for name in site.own_names})[:4]:
            yield f"{atom}{tag}", 0.02
    for near in site.near_values(4):
        yield f"{atom}[{near.name}]", 0.04 if near.name in site.idle else 0.01
    running = _running(site, node)
    limits = [*running, *(near.name for near in site.values_at(node, 4)), *own_members(site)[:4]]
    for limit in dict.fromkeys(limits):
        if limit != text:
            for function in ("min", "max"):
                yield f"{function}({limit}, {text})", 0.1 if limit in running else 0.01
    likelier = _likelier(site, node)
    for form, share in _AROUND.items():
        share *= _LIKELIER if form == likelier else 1.0
        yield form.format(text if form[0] in "[(m" else atom), share
    scale = 6 if isinstance(node, ast.Name) and _may_be_none(site, node.id) else 1
    for empty, share in _OR.items():
        wide = f"{text} or {empty}"
        yield (wide if _stands_alone(site, node) else f"({wide})"), scale * share
    if isinstance(node, ast.Call) and site.is_within(node, ast.AsyncFunctionDef):
        yield (f"await {text}" if _stands_alone(site, node) else f"(await {text})"), 2.0


def _running(site: Site, node: ast.expr) -> list[str]:
    """The name that the node's whole value is assigned to, which may be a running extreme."""
    match site.parent(node):
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is node:
            return [name] if site.is_within(site.statement, ast.For, ast.While) else []
        case _:
            return []


def _likelier(site: Site, node: ast.expr) -> str:
    """The form of `_AROUND` that the place speaks for: a key that sorts the other way, the length
    of a row instead of all rows."""
    match site.parent(node):
        case ast.Call(func=ast.Name(id="len")):
            return "{}[0]" if _has_rows(site, node) else ""
        case ast.Lambda() | ast.Tuple():
            around = [node, *site.module.ancestors(node)]
            lambdas = (each for each in around if isinstance(each, ast.Lambda))
            owners = [site.parent(each) for each in lambdas]
            keyed = any(isinstance(each, ast.keyword) and each.arg == "key" for each in owners)
            return "-{}" if keyed else ""
        case _:
            return ""


def _has_rows(site: Site, node: ast.expr) -> bool:
    """Whether the function reads single values of the node's rows."""
    text = site.text(node)
    return any(
        isinstance(each, ast.Subscript)
        and isinstance(each.value, ast.Subscript)
        and site.text(each.value.value) == text
        for each in site.module.within(site.scope)
    )


def _callables(site: Site) -> frozenset[str]:
    """Names that the function calls, and parameters of the functions around whose default is a
    class or a function."""
    tools = site.tools | BUILTINS
    uses = site.module.uses(site.scope)
    return frozenset(name for name, used in uses.items() if "call" in used) | frozenset(
        arg.arg
        for around in site.module.ancestors(site.statement)
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef)
        for arg, default in defaults_of(around)
        if isinstance(default, ast.Name) and default.id in tools
    )


def _own_calls(site: Site) -> list[str]:
    """What the file puts single values into and the statement can see: what the statement does
    itself first."""
    known = {near.name for near in site.names}
    here = site.text(site.statement)
    found = [f for f, _ in site.module.called.most_common() if f not in _CALLS]
    visible = [f for f in found if f.partition(".")[0] in known]
    return sorted(visible, key=lambda f: f"{f}(" not in here)[:_DONORS_TRIED]


def _is_value(site: Site, node: ast.expr) -> bool:
    """Whether the node is a value of its own, not a callee, a target, or the x of x.y."""
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    parent = site.parent(node)
    match parent:
        case ast.Call(func=function):
            return function is not node
        case ast.Attribute():
            return not isinstance(node, ast.Name)
        case ast.Subscript(value=value):
            return value is not node or isinstance(node, ast.Call)
        case ast.Expr() | ast.FormattedValue() | ast.ClassDef() | ast.Await() | ast.JoinedStr():
            return isinstance(parent, ast.Expr | ast.FormattedValue) and isinstance(node, ast.Call)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return False  # a decorator
    return True


def _may_be_none(site: Site, name: str) -> bool:
    """Whether the name is a parameter of the function around that is None by default."""
    return site.function is not None and any(
        arg.arg == name and isinstance(default, ast.Constant) and default.value is None
        for arg, default in defaults_of(site.function)
    )


def _stands_alone(site: Site, node: ast.expr) -> bool:
    """Whether an `or` after the node needs no parentheses."""
    kinds = (ast.Assign, ast.Return, ast.keyword, ast.For, ast.comprehension, ast.AnnAssign)
    parent = site.parent(node)
    return isinstance(parent, kinds) or (isinstance(parent, ast.Call) and parent.func is not node)


def _applied_by(site: Site, node: ast.expr) -> str:
    parent = site.parent(node)
    return (
        parent.func.id if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) else ""
    )


def _yields(node: ast.expr, function: str) -> bool:
    """Whether the node already is the result of this function, or plainly of its type."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name == function
        case ast.List() | ast.ListComp():
            return function == "list"
        case ast.Dict() | ast.DictComp():
            return function == "dict"
        case ast.JoinedStr():
            return function == "str"
    return False


def _absurd(node: ast.expr, function: str) -> bool:
    """A literal container put into what takes a number or a text."""
    kinds = (ast.List, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)
    return isinstance(node, kinds) and function in ("int", "float", "abs", "round", "str", "repr")


def unwrapped(site: Site) -> Iterator[Draft]:
    """`f(x)`, `x.m()`, `x[i]`, `x.a`, `await x` or `a if c else b` as what stands inside."""
    found = [(n, inner) for n in site.nodes for inner in _inner(n)]
    for node, inner in found:
        yield site.swap(node, site.whole(inner), 1 / len(found), group=True)


def _inner(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(value=value), args=[], keywords=[]):
            yield value
        case ast.Call(func=ast.Attribute(value=value), args=[only], keywords=[]):
            yield value
            yield only
        case ast.Call(args=[only], keywords=[]) if not isinstance(
            only, ast.GeneratorExp | ast.Starred
        ):
            yield only
        case ast.Call(func=ast.Name(), args=args):
            yield from (a for a in args if not isinstance(a, ast.Starred | ast.GeneratorExp))
        case ast.Subscript(value=value, ctx=ast.Load()) | ast.Await(value=value):
            yield value
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.List(elts=[only], ctx=ast.Load()) if not isinstance(only, ast.Starred):
            yield only


def kind_of_yield(site: Site) -> Iterator[Draft]:
    """`yield x` as `yield from x` and back, and `yield` as `return` and back."""
    statement = site.statement
    match statement:
        case ast.Expr(value=ast.Yield(value=ast.expr() as value)):
            yield site.swap(statement.value, f"yield from {site.text(value)}", 0.8)
            yield site.swap(statement.value, f"return {site.text(value)}", 0.2)
        case ast.Expr(value=ast.YieldFrom(value=value)):
            yield site.swap(statement.value, f"yield {site.text(value)}", 1.0)
        case ast.Expr(value=ast.Call() as call) if _generates(site):
            yield site.swap(call, f"yield from {site.text(call)}", 0.6)
            yield site.swap(call, f"yield {site.text(call)}", 0.2)
        case ast.Return(value=ast.expr() as value) if _generates(site):
            start, end = site.module.source.span(statement)
            for word in ("yield", "yield from"):
                piece = Replacement(start, end, f"{word} {site.text(value)}")
                yield Draft((piece,), 0.4, f"return -> {word}")


def _generates(site: Site) -> bool:
    """Whether the function around is a generator."""
    kinds = (ast.Yield, ast.YieldFrom)
    return site.function is not None and any(
        isinstance(node, kinds) for node in site.module.within(site.function)
    )
