"""What sort of value an expression has, as far as the code and the failing tests tell.

Sorts: "number", "text", "list", "dict", "set", "tuple", "truth", "None", "other"; "" where
nothing is known. What names held at run time comes first, then what the failing tests pass.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from fixit_runtime.tools.repair.scopes import parameters

_OF_CALL = {
    "len": "number", "int": "number", "float": "number", "sum": "number", "abs": "number",
    "round": "number", "ord": "number", "hash": "number", "id": "number", "str": "text",
    "repr": "text", "chr": "text", "input": "text", "format": "text", "sorted": "list",
    "list": "list", "range": "list", "reversed": "list", "enumerate": "list", "zip": "list",
    "map": "list", "filter": "list", "dict": "dict", "defaultdict": "dict", "Counter": "dict",
    "OrderedDict": "dict", "set": "set", "frozenset": "set", "tuple": "tuple", "bool": "truth",
    "isinstance": "truth", "all": "truth", "any": "truth", "hasattr": "truth", "deque": "list",
    "callable": "truth",
}  # fmt: skip
_OF_METHOD = {
    "strip": "text", "lower": "text", "upper": "text", "join": "text", "format": "text",
    "replace": "text", "lstrip": "text", "rstrip": "text", "title": "text", "decode": "text",
    "split": "list", "splitlines": "list", "items": "list", "keys": "list", "values": "list",
    "findall": "list", "readlines": "list", "copy": "", "startswith": "truth",
    "endswith": "truth", "isdigit": "truth", "isalpha": "truth", "isalnum": "truth",
    "isupper": "truth", "islower": "truth", "isspace": "truth", "find": "number",
    "count": "number", "index": "number", "rfind": "number",
}  # fmt: skip
_BY_USE = {
    ".append": "list", ".extend": "list", ".sort": "list", ".insert": "list", ".popleft": "list",
    ".items": "dict", ".keys": "dict", ".values": "dict", ".setdefault": "dict", ".get": "dict",
    ".add": "set", ".discard": "set", ".strip": "text", ".lower": "text", ".upper": "text",
    ".split": "text", ".startswith": "text", ".endswith": "text", ".join": "text",
    ".replace": "text", ".encode": "text", "arithmetic": "number", "call": "other",
}  # fmt: skip
_OF_CLASS = {
    "int": "number", "float": "number", "complex": "number", "str": "text", "bytes": "text",
    "bool": "truth", "NoneType": "None", "list": "list", "deque": "list", "dict": "dict",
    "OrderedDict": "dict", "defaultdict": "dict", "Counter": "dict", "set": "set",
    "frozenset": "set", "tuple": "tuple",
}  # fmt: skip
_OF_ANNOTATION = {
    "int": "number", "float": "number", "str": "text", "bool": "truth", "list": "list",
    "dict": "dict", "set": "set", "tuple": "tuple", "List": "list", "Dict": "dict",
    "Sequence": "list", "Iterable": "list", "Mapping": "dict", "None": "None",
}  # fmt: skip


def sort_of(node: ast.AST, names: Mapping[str, str]) -> str:
    """The sort of an expression, given those of names."""
    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Constant(value=value):
            return sort_of_value(value)
        case ast.JoinedStr():
            return "text"
        case ast.List() | ast.ListComp() | ast.GeneratorExp():
            return "list"
        case ast.Dict() | ast.DictComp():
            return "dict"
        case ast.Set() | ast.SetComp():
            return "set"
        case ast.Tuple():
            return "tuple"
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return "truth"
        case ast.UnaryOp(operand=operand):
            return sort_of(operand, names)
        case ast.BinOp(left=left, op=operator, right=right):
            if isinstance(operator, ast.Sub | ast.Div | ast.FloorDiv | ast.Pow):
                return "number"
            return sort_of(left, names) or sort_of(right, names)
        case ast.BoolOp(values=values):
            return sort_of(values[-1], names)
        case ast.IfExp(body=body, orelse=orelse):
            return sort_of(body, names) or sort_of(orelse, names)
        case ast.Call(func=ast.Name(id=name)):
            return _OF_CALL.get(name, "")
        case ast.Call(func=ast.Attribute(attr=name)):
            return _OF_METHOD.get(name, "")
        case ast.Subscript(value=value, slice=ast.Slice()):
            return sort_of(value, names)
        case ast.Subscript(value=value):
            return "text" if sort_of(value, names) == "text" else ""
        case _:
            return ""


def sort_of_value(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float | complex):
        return "number"
    if isinstance(value, str | bytes):
        return "text"
    name = type(value).__name__
    return name if name in ("list", "dict", "set", "tuple") else "other"


def sort_of_classes(classes: Iterable[str]) -> str:
    """The one sort of values of these classes, None aside; "" where they are of several."""
    found = {_OF_CLASS.get(name, "other") for name in classes} - {"None"}
    return found.pop() if len(found) == 1 else ""


def sorts(
    scope: ast.AST,
    uses: Mapping[str, frozenset[str]],
    passed: Mapping[str, tuple[str, ...]],
    seen: Mapping[str, tuple[str, ...]],
) -> dict[str, str]:
    """The sorts of a scope's names: by what they held at run time, by what is passed, by
    annotation and default, by what is assigned first, then by use.

    Args:
        passed: by function, the sorts of the positional arguments that the tests pass.
        seen: by name, the classes of what it held.
    """
    found: dict[str, str] = {}
    for name, classes in seen.items():
        _note(found, name, sort_of_classes(classes))
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        _note_parameters(scope, passed, found)
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                _note(found, name, sort_of(value, found))
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for target, value in zip(names, values, strict=False):
                    if isinstance(target, ast.Name):
                        _note(found, target.id, sort_of(value, found))
            case (
                ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source)
            ):
                _note_loop(target, source, found)
            case _:
                pass
    for name, tags in uses.items():
        for tag, sort in _BY_USE.items():
            if tag in tags:
                _note(found, name, sort)
                break
    return found


def _note(found: dict[str, str], name: str, sort: str) -> None:
    if sort and sort != "None":
        found.setdefault(name, sort)


def _note_parameters(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    passed: Mapping[str, tuple[str, ...]],
    found: dict[str, str],
) -> None:
    given = [arg for arg in parameters(function) if arg.arg not in ("self", "cls")]
    for arg, sort in zip(given, passed.get(function.name, ()), strict=False):
        _note(found, arg.arg, sort)
    for arg in given:
        match arg.annotation:
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                _note(found, arg.arg, _OF_ANNOTATION.get(name, ""))
    positional = [*function.args.posonlyargs, *function.args.args]
    for arg, default in zip(reversed(positional), reversed(function.args.defaults), strict=False):
        _note(found, arg.arg, sort_of(default, {}))


def _note_loop(target: ast.expr, source: ast.expr, found: dict[str, str]) -> None:
    match source:
        case ast.Call(func=ast.Name(id="range")) if isinstance(target, ast.Name):
            _note(found, target.id, "number")
        case ast.Call(func=ast.Name(id="enumerate")) if isinstance(target, ast.Tuple):
            if isinstance(target.elts[0], ast.Name):
                _note(found, target.elts[0].id, "number")
        case _ if isinstance(target, ast.Name) and sort_of(source, found) == "text":
            _note(found, target.id, "text")
