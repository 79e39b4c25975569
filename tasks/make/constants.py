"""Bugs of constants: texts, regular expressions, numbers, and the defaults of parameters."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from random import Random

from fixit_runtime.tasks.make.scope import likeness
from fixit_runtime.tasks.make.source import FUNCTIONS, Change, Source

_LITERAL = re.compile(r"(?P<head>[bBrRuU]{0,2}(?:\"\"\"|'''|\"|'))(?P<text>.*)(?P<tail>\"|')", re.S)
_MATCHING = frozenset({"compile", "match", "search", "fullmatch", "sub", "split", "findall",
                       "finditer", "subn"})  # fmt: skip
_SPEAKING = frozenset({"warn", "debug", "info", "warning", "error", "log", "critical", "print"})
_SWAPS = {"_": "-", "-": "_", ", ": ",", ",": ", ", ": ": ":", "/": "", ".": "", " ": ""}
# a piece of a regular expression, and what a person might have written first
_PIECES = (
    (r"\\s\*", ""), (r"\\s\+", r"\\s"), (r"\\w\+", r"\\w*"), (r"\\d\+", r"\\d"), (r"\+\?", "+"),
    (r"\*\?", "*"), (r"(?<=[\])\w])\?", ""), (r"(?<=[\])\w])\+", "*"), (r"(?<=[\])\w])\*", "+"),
    (r"(?<=^)\^", ""), (r"\$(?=$)", ""), (r"\\b", ""), (r"\\\.", "."), (r"\\w", r"\\d"),
    (r"a-zA-Z", "a-z"), (r"A-Za-z", "a-z"), (r"0-9", "1-9"), (r"\\-", ""),
    (r"\|[^|()\[\]]+(?=\))", ""),
    (r"(?<=\()[^|()\[\]?]+\|", ""), (r"(?<=\[)\^", ""), (r"_(?=[^\[]*\])", ""),
)  # fmt: skip


def string_changed(source: Source, rng: Random) -> Iterator[Change]:
    """Another text: a similar one of this module, or this one with a slip of the pen."""
    texts = sorted(
        {
            node.value
            for node in source.expressions
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    )
    for node in source.expressions:
        found = _literal(source, node)
        if found is None or _is_regex(source, node):
            continue
        inner = found["text"]
        new = [text for text in _slips(inner, rng) if text != inner]
        others = [
            t for t in texts if t != inner and likeness(t, inner) > 0.6 and _plain(t) and len(t) > 1
        ]
        if others:
            new.append(rng.choice(others))
        if not new:
            continue
        text = rng.choice(new)
        spoken = _is_spoken(source, node)
        edits = (source.replaced(node, found["head"] + text + found["tail"]),)
        yield Change(
            "string changed", source.path, node.lineno, edits, f"{inner!r} -> {text!r}",
            0.15 if spoken else 1.0,
        )  # fmt: skip


def regex_changed(source: Source, rng: Random) -> Iterator[Change]:
    """A regular expression that matches a little more, or a little less."""
    for node in source.expressions:
        found = _literal(source, node, raw=True)
        if found is None or not _is_regex(source, node):
            continue
        for piece, instead in _PIECES:
            places = list(re.finditer(piece, found["text"]))
            if not places:
                continue
            place = rng.choice(places)
            text = found["text"]
            new = text[: place.start()] + place.expand(instead) + text[place.end() :]
            if _compiles(new):
                edits = (source.replaced(node, found["head"] + new + found["tail"]),)
                yield Change("regex changed", source.path, node.lineno, edits)


def number_changed(source: Source, rng: Random) -> Iterator[Change]:
    """Another number: one off, a digit too few or too many."""
    for node in source.expressions:
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
            continue
        if isinstance(node.value, int) and source.code(node).isdigit():
            value = node.value
            new = [value + 1, value - 1] if value < 10 else [value + 1, value // 10, value * 10]
            for other in new:
                if other >= 0:
                    edits = (source.replaced(node, str(other)),)
                    yield Change("number changed", source.path, node.lineno, edits)


def default_changed(source: Source, rng: Random) -> Iterator[Change]:
    """Another default of a parameter."""
    for function in source.statements:
        if not isinstance(function, FUNCTIONS):
            continue
        for default in (*function.args.defaults, *function.args.kw_defaults):
            if isinstance(default, ast.Constant):
                for text in _other_defaults(default.value):
                    edits = (source.replaced(default, text),)
                    yield Change("default changed", source.path, default.lineno, edits)
            elif default is not None and isinstance(default, ast.Name | ast.Attribute | ast.Tuple):
                edits = (source.replaced(default, "None"),)
                yield Change("default changed", source.path, default.lineno, edits)


def _other_defaults(value: object) -> tuple[str, ...]:
    match value:
        case bool():
            return (str(not value),)
        case None:
            return ("()", "0", "''")
        case int() if value >= 0:
            return (str(value + 1), str(value - 1)) if value else ("1", "None")
        case str():
            return ("None",) if not value else ("''", "None")
    return ("None",)


def _slips(text: str, rng: Random) -> Iterator[str]:
    for old, new in _SWAPS.items():
        if old in text and text != old:
            yield text.replace(old, new, 1)
    if text != text.strip() and text.strip():
        yield text.strip()
    if text.isalpha() and len(text) > 1:
        yield text.lower() if text != text.lower() else text.capitalize()
    if len(text) > 4 and text.isidentifier():
        place = rng.randrange(1, len(text))
        yield text[:place] + text[place + 1 :]
    if len(text) == 1 and text in ",;:./-_|#":
        yield rng.choice([c for c in ",;:./-_|#" if c != text])
    if found := re.search(r"%0?\.?\d+|:[<>^]?0?\d+", text):
        yield text.replace(found[0], found[0][0], 1)
    if "\\n" in text and text != "\\n":
        yield text.replace("\\n", "", 1)


def _literal(source: Source, node: ast.expr, *, raw: bool = False) -> re.Match[str] | None:
    """A text constant in one piece on one line; None for any other, and for a docstring."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    found = _LITERAL.fullmatch(source.code(node))
    if found is None or node.lineno != node.end_lineno:
        return None
    if found["tail"] in found["text"].replace(
        "\\" + found["tail"], ""
    ):  # several, one after another
        return None
    if not raw and not node.value:
        return None
    return found


def _plain(text: str) -> bool:
    return text.isprintable() and not set(text) & set("\\'\"{}%")


def _is_regex(source: Source, node: ast.expr) -> bool:
    call = source.parents[node]
    if not isinstance(call, ast.Call) or not call.args or call.args[0] is not node:
        return False
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in _MATCHING
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("re", "regex")
    )


def _is_spoken(source: Source, node: ast.expr) -> bool:
    """Whether a text is for people only: of an exception, a warning or a log."""
    for up in source.up(node):
        if isinstance(up, ast.Raise):
            return True
        if isinstance(up, ast.Call):
            name = getattr(up.func, "attr", getattr(up.func, "id", ""))
            if name in _SPEAKING or name.endswith(("Error", "Exception", "Warning")):
                return True
    return False


def _compiles(pattern: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, Warning, OverflowError, RecursionError):
        return False
    return True
