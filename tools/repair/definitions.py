"""Templates over definitions and exceptions: defaults, decorators, handlers, keywords of def."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.guards import first_of
from fixit_runtime.tools.repair.imports import HOMES, with_import
from fixit_runtime.tools.repair.kindred import kin
from fixit_runtime.tools.repair.layout import draft, inserted, reindented, removed
from fixit_runtime.tools.repair.scopes import defaults_of, parameters

# What Python's own operations raise, the commonest first.
_RAISED = ("ValueError", "KeyError", "TypeError", "AttributeError", "IndexError", "OSError",
           "StopIteration", "ZeroDivisionError", "LookupError", "UnicodeDecodeError",
           "Exception")  # fmt: skip
_KNOWN = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)


def default_changed(site: Site) -> Iterator[Draft]:
    """A mutable default as None with the value made in the body; a default added or dropped."""
    function = site.statement
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    for arg, default in defaults_of(function):
        if isinstance(default, ast.List | ast.Dict | ast.Set | ast.Call):
            yield from _made_in_body(site, function, arg.arg, default)
    positional = [*function.args.posonlyargs, *function.args.args]
    bare = positional[: len(positional) - len(function.args.defaults)]
    if bare and bare[-1].arg not in ("self", "cls"):
        end = site.module.source.span(bare[-1])[1]
        sign = " = " if bare[-1].annotation else "="
        values = {
            "None": 0.3,
            "False": 0.12,
            "0": 0.12,
            "1": 0.1,
            '""': 0.1,
            "()": 0.08,
            "True": 0.08,
        }
        for value, share in values.items():
            piece = Replacement(end, end, f"{sign}{value}")
            yield Draft((piece,), share, f"{bare[-1].arg}={value}")


def _made_in_body(
    site: Site, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str, default: ast.expr
) -> Iterator[Draft]:
    body = function.body
    is_text = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    first = body[1] if is_text and len(body) > 1 else body[0]
    source = site.module.source
    value = site.text(default)
    lines = [f"if {name} is None:", f"\t{name} = {value}"]
    pieces = [Replacement(*source.span(default), "None"), inserted(source, first, lines)]
    yield from draft(pieces, 0.8, f"{name}=None, and {value} made in the body")


def decorated(site: Site) -> Iterator[Draft]:
    """A decorator dropped, or one of its kin; `@staticmethod`, `@classmethod` or `@property`
    put on a method."""
    function, source = site.statement, site.module.source
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for decorator in function.decorator_list:
        start, end = source.span(decorator)
        line_start, line_end = source.line_starts[decorator.lineno - 1], source.offset(
            (decorator.end_lineno or decorator.lineno) + 1, 0
        )  # fmt: skip
        note = f"drop @{source.text[start:end]}"
        yield Draft((Replacement(line_start, line_end, ""),), 0.2, note)
        if isinstance(decorator, ast.Name):
            for name in sorted(kin(decorator.id)):
                yield site.swap(decorator, name, 0.2)
    in_class = isinstance(site.parent(function), ast.ClassDef)
    span = source.lines_of(function)
    if in_class and isinstance(function, ast.FunctionDef) and span and not function.decorator_list:
        arguments = function.args.args
        first = arguments[0].arg if arguments else ""
        fitting = {"self": "property", "cls": "classmethod"}.get(first, "staticmethod")
        line = f"{source.margin(function)}@{fitting}{source.newline}"
        yield Draft((Replacement(span[0], span[0], line),), 0.3, f"@{fitting}")


def inherited(site: Site) -> Iterator[Draft]:
    """`super().__init__(…)`, or the same of another method, at the start of one that overrides;
    a mutable value of the class made for each instance."""
    function, statement = site.function, site.statement
    owner = site.module.class_of(statement)
    if owner is not None and site.parent(statement) is owner:
        yield from _made_for_each(site, owner)
    if owner is None or function is None or not owner.bases or site.parent(function) is not owner:
        return
    calls = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == "super"]
    if calls or statement not in (first_of(function.body), function.body[-1]):
        return
    names = [arg.arg for arg in parameters(function)[1:]]
    stars = {id(function.args.vararg): "*", id(function.args.kwarg): "**"}
    passed = [f"{stars.get(id(arg), '')}{arg.arg}" for arg in parameters(function)[1:]]
    options = [", ".join(passed), "", *(names[:1] if len(names) > 1 else ())]
    for given in dict.fromkeys(options):
        text = f"super().{function.name}({given})"
        after = statement is function.body[-1] and len(function.body) > 1
        piece = inserted(site.module.source, statement, [text], after=after)
        yield from draft([piece], 0.4, text)


def _made_for_each(site: Site, owner: ast.ClassDef) -> Iterator[Draft]:
    match site.statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if isinstance(
            value, ast.List | ast.Dict | ast.Set | ast.Call
        ):
            text = f"self.{name} = {site.text(value)}"
        case _:
            return
    source = site.module.source
    makers = [f for f in owner.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
    if makers:
        for after, at in ((True, makers[0].body[-1]), (False, first_of(makers[0].body))):
            pieces = [removed(site), inserted(source, at, [text], after=after)]
            yield from draft(pieces, 0.4, f"{text} in __init__")
    else:
        lines = ["def __init__(self):", f"\t{text}"]
        margin = source.margin(site.statement)
        start, end = source.span(site.statement)
        body = f"{lines[0]}{source.newline}{margin}{source.indent}{text}"
        yield Draft((Replacement(start, end, body),), 0.4, f"{text} in a new __init__")


def exception_type(site: Site) -> Iterator[Draft]:
    """Another class in `except` or `raise`, or one more in `except`."""
    named = sorted(name for name in site.clues.mentioned if name in _KNOWN)
    homes = {name for names in HOMES.values() for name in names}
    seen = [name for name in site.clues.errors if name in _KNOWN | site.tools | homes]
    wanted = dict.fromkeys([*site.clues.expected_errors, *named, *seen])
    likely = {**dict.fromkeys(wanted, 0.4), **{n: 0.05 for n in _RAISED if n not in wanted}}
    for near in site.names:
        if near.tool and near.name.endswith(("Error", "Exception", "Warning", "Exit")):
            likely.setdefault(near.name, 0.4 if near.name in site.clues.mentioned else 0.08)
    match site.statement:
        case ast.Try(handlers=handlers):
            for handler in handlers:
                if handler.type is not None:
                    yield from _caught(site, handler.type, likely, len(handlers))
        case ast.Raise(exc=ast.Call(func=ast.Name() as raised) | (ast.Name() as raised)):
            for name, share in likely.items():
                if name != raised.id:
                    yield site.swap(raised, name, share)


def _caught(
    site: Site, caught: ast.expr, likely: dict[str, float], handlers: int
) -> Iterator[Draft]:
    held = [site.text(e) for e in caught.elts] if isinstance(caught, ast.Tuple) else []
    held = held or [site.text(caught)]
    for name, share in likely.items():
        if name not in held:
            wide = f"({', '.join([*held, name])})"
            for text in (wide, name):
                made = site.swap(caught, text, 0.5 * share / handlers)
                yield from [made] if name in _KNOWN else with_import(site, made, name)


def try_around(site: Site) -> Iterator[Draft]:
    """The statement in a `try` that answers the exception that was seen, or was expected."""
    statement, source = site.statement, site.module.source
    if not isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign | ast.Return | ast.Delete):
        return
    lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    seen = sorted(site.clues.raised_at(site.module.path, lines) & _KNOWN)
    margin = source.margin(statement)
    body = reindented(source, statement, margin + source.indent)
    span = source.lines_of(statement)
    if not seen or body is None or span is None or site.function is None:
        return
    answers = {"return None": 0.15, "pass": 0.1, "return []": 0.05, "return False": 0.1,
               "return 0": 0.04, 'return ""': 0.04, "return": 0.03}  # fmt: skip
    if site.is_within(statement, ast.For, ast.While):
        answers["continue"] = 0.25
    for name in site.clues.expected_errors:
        answers[f"raise {name}() from None"] = 0.8
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        answers[f"{statement.targets[0].id} = None"] = 0.15
    for error in seen:
        for answer, share in answers.items():
            head = f"{margin}try:{source.newline}{body}"
            head = head if head.endswith(("\n", "\r")) else head + source.newline
            tail = f"{margin}except {error}:{source.newline}{margin}{source.indent}{answer}"
            piece = Replacement(*span, head + tail + source.newline)
            yield Draft((piece,), share / len(seen), f"except {error}: {answer}")


def awaited(site: Site) -> Iterator[Draft]:
    """`async def`, `for` and `with` for the plain ones and back."""
    statement = site.statement
    source = site.module.source
    kinds = (ast.For, ast.With, ast.AsyncFor, ast.AsyncWith)
    if not isinstance(statement, kinds) or not isinstance(site.function, ast.AsyncFunctionDef):
        return
    start = source.span(statement)[0]
    if isinstance(statement, ast.For | ast.With):
        yield Draft((Replacement(start, start, "async "),), 0.5, "async")
    else:
        end = start + len("async ")
        yield Draft((Replacement(start, end, ""),), 0.5, "not async")
