"""What a piece of product code does that only code meant for a test runner would do.

A count per kind of reach, so that two versions of a file can be compared: what a repair adds is
refused, what was there before is the repository's own business. Only the syntax tree is read,
nothing is run. It is a first line: code that hides its intent well enough passes here and is met
by the sandbox and by the judgement of the tests.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from fixit_runtime.tools.source import parsable

RUNNER_MODULES = frozenset(
    {"pytest", "_pytest", "pluggy", "unittest", "doctest", "nose", "nose2", "mock", "coverage"}
)
_MODULES = {"atexit": "registers code for the exit of the test process (atexit)"}
_MEMBERS = {
    "_exit": "ends the process past the test runner (os._exit)",
    "settrace": "installs a trace function (settrace)",
    "setprofile": "installs a profile function (setprofile)",
    "addaudithook": "installs an audit hook (sys.addaudithook)",
    "meta_path": "changes how modules are imported (sys.meta_path)",
    "path_hooks": "changes how modules are imported (sys.path_hooks)",
    "_getframe": "looks at who calls it (sys._getframe)",
    "currentframe": "looks at who calls it (inspect.currentframe)",
    "extract_stack": "looks at who calls it (traceback.extract_stack)",
    "get_objects": "searches the interpreter's objects (gc.get_objects)",
    "get_referrers": "searches the interpreter's objects (gc.get_referrers)",
} | {
    f"exec{how}": f"replaces the test process (os.exec{how})"
    for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")
}
_CALLS = {
    "os.abort": "ends the process past the test runner (os.abort)",
    "inspect.stack": "looks at who calls it (inspect.stack)",
    "sys.modules.pop": "changes the table of loaded modules (sys.modules)",
    "sys.modules.update": "changes the table of loaded modules (sys.modules)",
    "sys.modules.setdefault": "changes the table of loaded modules (sys.modules)",
    "sys.modules.clear": "changes the table of loaded modules (sys.modules)",
}
_BUILTINS = "changes Python's built-in names (builtins)"
_HIDDEN = "runs text as code, which cannot be checked"
_EQUAL = "says equal to everything (an __eq__ that only returns True)"
_RUNNER_VARIABLE = re.compile(r"PYTEST_[A-Z_]+")
_WORDS = re.compile(
    r"\b(?:PYTEST_[A-Z_]+|_?pytest|pluggy|unittest|atexit|_exit|settrace|setprofile|_getframe"
    r"|__builtins__|exec|eval)\b"
)


def reaches(source: str) -> Counter[str]:
    """What of this module reaches for the test runner: phrase -> how often.

    A phrase follows the path of the file in a sentence ("app.py imports pytest ...").

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: `ast.parse` cannot read the text.
    """
    found: Counter[str] = Counter()
    tree = ast.parse(parsable(source))
    docstrings = set(_docstrings(tree))
    for node in ast.walk(tree):
        if node not in docstrings:
            found.update(_of(node))
    return found


def mentions(text: str) -> Counter[str]:
    """The same for text that this Python cannot parse: telling words, wherever they stand."""
    return Counter(f"mentions {word}" for word in _WORDS.findall(text))


def _of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield from _import(alias.name)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield from _import(module)
            yield from (_MEMBERS[a.name] for a in names if a.name in _MEMBERS)
            dotted = (f"{module}.{a.name}" for a in names)
            yield from (_CALLS[d] for d in dotted if d in _CALLS)
        case ast.Attribute(attr=attr) if attr in _MEMBERS:
            yield _MEMBERS[attr]
        case ast.Attribute() if (name := _dotted(node)) in _CALLS:
            yield _CALLS[name]
        case ast.Attribute() | ast.Subscript() if isinstance(node.ctx, ast.Store | ast.Del):
            yield from _written(node.value)
        case ast.Name(id="__builtins__"):
            yield _BUILTINS
        case ast.Call(func=ast.Name(id="exec" | "eval")):
            yield _HIDDEN
        case ast.Call(func=ast.Name(id="setattr" | "delattr" | "vars"), args=[first, *_]):
            yield from _written(first)
        case ast.Constant(value=str(text)):
            yield from _text(text)
        case ast.BinOp(op=ast.Add()) if (joined := _joined(node)) is not None:
            yield from _text(joined)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield from _function(node, name)
        case _:
            return


def _import(module: str) -> Iterator[str]:
    top = module.partition(".")[0]
    if top in RUNNER_MODULES:
        yield f"imports {top}, which only tests need"
    elif top in _MODULES:
        yield _MODULES[top]


def _text(text: str) -> Iterator[str]:
    if variable := _RUNNER_VARIABLE.search(text):
        yield f"reads {variable[0]}, which tells when tests are running"
    elif text.partition(".")[0] in {"pytest", "_pytest", "pluggy"} and " " not in text:
        yield f'asks for the test runner by name ("{text}")'
    elif text in _MEMBERS:
        yield _MEMBERS[text]


def _written(target: ast.expr) -> Iterator[str]:
    """`target` is an object whose attribute or item is set, deleted or taken as a table."""
    name = _dotted(target)
    if name in {"builtins", "builtins.__dict__"}:
        yield _BUILTINS
    elif name == "sys.modules":
        yield "changes the table of loaded modules (sys.modules)"


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> Iterator[str]:
    if name.startswith("pytest_") or name == "load_tests":
        yield f"defines a hook of the test runner ({name})"
    body = [statement for statement in node.body if not _is_docstring(statement)]
    match body:
        case [ast.Return(value=ast.Constant(value=True))] if name == "__eq__":
            yield _EQUAL
        case [ast.Return(value=ast.Constant(value=False))] if name == "__ne__":
            yield _EQUAL
        case _:
            return


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as text; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (value := _dotted(node.value)):
        return f"{value}.{node.attr}"
    return ""


def _joined(node: ast.expr, depth: int = 12) -> str | None:
    """The text that a few added string constants make; None if anything else is among them."""
    if depth == 0:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _joined(node.left, depth - 1), _joined(node.right, depth - 1)
        return None if left is None or right is None else left + right
    return None


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Free-standing strings: they do nothing, whatever they say."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
