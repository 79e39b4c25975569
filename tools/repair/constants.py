"""Templates that change a constant: number, flag, empty value, string."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.kindred import likeness

_NUMBERS_TRIED = 8  # other numbers of the file and the tests, the likeliest first
_STRINGS_TRIED = 12
_SLIP_DIGITS = 3  # digits of a number in which two may be the other way round
_SLIP_SHARE = 0.3


def number(site: Site) -> Iterator[Draft]:
    """A number one up or down, negated, 0, 1, -1 or 2, or one that the file or the tests hold."""
    nodes = [n for n in site.nodes if is_number(n)]
    for node in nodes:
        whole, held = _signed(site, node)
        shares = _number_shares(site, held)
        for value, share in sorted(shares.items(), key=lambda item: -item[1]):
            if value != held or type(value) is not type(held):
                text = repr(value)
                if text[0] == "-" and isinstance(site.parent(whole), ast.UnaryOp | ast.BinOp):
                    text = f"({text})"
                yield site.swap(whole, text, share / len(nodes))
        if isinstance(site.statement, ast.Assign) and site.function is not None:
            for text in ('float("inf")', '-float("inf")', "None", "[]", "{}", '""', "set()"):
                yield site.swap(node, text, 0.03 / len(nodes))
        slips = _slips(site.text(node))
        for text in slips:
            yield site.swap(node, text, _SLIP_SHARE / len(slips) / len(nodes))


def _slips(digits: str) -> list[str]:
    """A long number with two neighbouring digits the other way round: how people mistype."""
    if len(digits) < _SLIP_DIGITS or not digits.replace(".", "", 1).isdigit():
        return []
    found = []
    for i, (left, right) in enumerate(pairwise(digits)):
        if left != right and "." not in (left, right) and not (i == 0 and right == "0"):
            found.append(f"{digits[:i]}{right}{left}{digits[i + 2 :]}")
    return found


def _signed(site: Site, node: ast.expr) -> tuple[ast.expr, int | float]:
    """A number with the minus before it, as a person reads it."""
    assert isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    match site.parent(node):
        case ast.UnaryOp(op=ast.USub()) as minus:
            return minus, -node.value
    return node, node.value


def _number_shares(site: Site, value: int | float) -> dict[int | float, float]:
    shares: dict[int | float, float] = {}

    def offer(other: int | float, share: float) -> None:
        shares[other] = max(share, shares.get(other, 0.0))

    for wrong, right in site.clues.pairs:
        if isinstance(wrong, int | float) and isinstance(right, int | float):
            if isinstance(value, int) and isinstance(right - wrong, int):
                offer(value + (right - wrong), 0.1)
                offer(value - (right - wrong), 0.1)
            if value == wrong:
                offer(right, 0.3)
    if isinstance(value, int):
        offer(value + 1, 0.25)
        offer(value - 1, 0.25)
        offer(value + 2, 0.02)
        offer(value - 2, 0.02)
    for other, share in {0: 0.12, 1: 0.12, -1: 0.05, 2: 0.05}.items():
        offer(other, share)
    if abs(value) > 2:
        offer(value * 10, 0.03)
        offer(value * 2, 0.02)
        offer(value // 2 if isinstance(value, int) else value / 2, 0.02)
        offer(value // 10 if isinstance(value, int) else value / 10, 0.03)
    offer(-value, 0.03)
    mined = [*(n for n in site.clues.numbers), *(_numbers(site))]
    fresh = [n for n in dict.fromkeys(mined) if n not in shares][:_NUMBERS_TRIED]
    for held in fresh:
        offer(held, 0.2 / len(fresh))
    return shares


def _numbers(site: Site) -> list[int | float]:
    return [v for v, _ in site.module.literals.most_common() if isinstance(v, int | float)]


def flag(site: Site) -> Iterator[Draft]:
    """True for False, None for a value, one empty value for another."""
    nodes = [n for n in site.nodes if _empty(n) is not None]
    for node in nodes:
        for text, share in _FLAGS[_empty(node) or ""].items():
            yield site.swap(node, text, share / len(nodes))


_FLAGS: dict[str, dict[str, float]] = {
    "True": {"False": 0.9, "None": 0.1},
    "False": {"True": 0.85, "None": 0.15},
    "None": {"False": 0.2, "True": 0.2, "0": 0.15, '""': 0.15, "[]": 0.15, "{}": 0.15},
    "[]": {"[[]]": 0.2, "None": 0.25, "{}": 0.15, "set()": 0.15, "()": 0.1, '""': 0.1},
    "{}": {"None": 0.3, "[]": 0.3, "set()": 0.3},
    "()": {"[]": 0.5, "None": 0.3},
    '""': {"None": 0.4, '" "': 0.3, '"\\n"': 0.1, "[]": 0.1},
}


def _empty(node: ast.expr) -> str | None:
    """True, False, None or an empty literal, as `_FLAGS` writes it; None for anything else."""
    match node:
        case ast.Constant(value=True | False | None):
            return str(node.value)
        case ast.Constant(value=""):
            return '""'
        case ast.List(elts=[], ctx=ast.Load()):
            return "[]"
        case ast.Dict(keys=[]):
            return "{}"
        case ast.Tuple(elts=[], ctx=ast.Load()):
            return "()"
        case _:
            return None


def string(site: Site) -> Iterator[Draft]:
    """A string made to give what the test expects, or one that the file or the tests hold."""
    nodes = [n for n in site.nodes if _is_string(n, site)]
    for node in nodes:
        assert isinstance(node, ast.Constant) and isinstance(node.value, str)
        shares: dict[str, float] = {}
        for new in _mended(node.value, site):
            shares.setdefault(new, 0.6)
        text = site.text(node)
        if text[0] not in "rR":  # mostly a regular expression: no other string stands for it
            for new, share in _likely_strings(node.value, site):
                shares.setdefault(new, share)
        for new, share in _expressions(node.value):
            shares.setdefault(new, share)
        for new, share in sorted(shares.items(), key=lambda item: -item[1]):
            if new != node.value:
                yield site.swap(node, _as_typed(new, text), share / len(nodes))
        if text[0] in "\"'" and _FIELD.search(node.value):
            yield site.swap(node, f"f{text}", 0.5 / len(nodes))
    yield from _formats(site)


# of one line: ends of longer ones are no place for the edits below
_PLAIN = re.compile(r"""[rR]?(?:'(?!'')|"(?!""))""")
_FIELD = re.compile(r"\{\w[^{}]*\}")


def _formats(site: Site) -> Iterator[Draft]:
    """An f-string with the difference that an assertion showed made in its text."""
    for node in site.nodes:
        if isinstance(node, ast.JoinedStr):
            text = site.text(node)
            for new in dict.fromkeys(_mended(text, site)):
                if new != text:
                    yield site.swap(node, new, 0.6)
            for old, new in (
                (".2f", ".1f"),
                (".1f", ".2f"),
                (".2f", ".3f"),
                ("!r", ""),
                ("}", "!r}"),
            ):
                if text.count(old) == 1:
                    yield site.swap(node, text.replace(old, new), 0.05)


_CLASS = re.compile(r"\[((?:\\.|[^\]\\])+)\]")
_ADDED = ("_", ".", ":", "+", "/", " ", r"\-")  # what a class of characters may lack


def _expressions(value: str) -> Iterator[tuple[str, float]]:
    """A regular expression with an anchor, or another repetition, or one option more."""
    if not re.search(r"[\\[\](){}+*?^$|]", value):
        return
    for new in (f"^{value}", f"{value}$", rf"\b{value}", rf"{value}\b"):
        yield new, 0.06
    for at, sign in enumerate(value):
        if sign in "+*" and value[at - 1 : at] != "\\":
            other = "*" if sign == "+" else "+"
            yield value[:at] + other + value[at + 1 :], 0.06
            yield f"{value[: at + 1]}?{value[at + 1 :]}", 0.06
    for old, new in ((r"\d", r"\w"), (r"\w", r"\d"), (".", r"\."), ("[", "[^")):
        if value.count(old) == 1:
            yield value.replace(old, new), 0.06
    for match in re.finditer(r"\\[wdsWDS]", value):
        for new in (r"[\w.-]", r"[\w-]", r"\S", "."):
            yield value[: match.start()] + new + value[match.end() :], 0.06
    for match in _CLASS.finditer(value):
        for sign in _ADDED:
            if sign not in match[1]:
                yield f"{value[: match.start(1)]}{match[1]}{sign}{value[match.end(1) :]}", 0.02


def _mended(value: str, site: Site) -> Iterator[str]:
    """The string with the difference that an assertion showed made in it.

    Where the two values differ in one stretch, and the string holds that stretch with some of
    what stands around it, the same change is made in the string.
    """
    for pair in site.clues.pairs:
        for wrong, right in (pair, pair[::-1]):
            if isinstance(wrong, str) and isinstance(right, str):
                yield from _carried(value, wrong, right)


def _carried(value: str, wrong: str, right: str) -> Iterator[str]:
    limit = min(len(wrong), len(right))
    head = next((i for i in range(limit) if wrong[i] != right[i]), limit)
    tail = 0
    while tail < limit - head and wrong[-1 - tail] == right[-1 - tail]:
        tail += 1
    old, new = wrong[head : len(wrong) - tail], right[head : len(right) - tail]
    if old and value.count(old) == 1:
        yield value.replace(old, new)
        return
    before, after = wrong[max(head - 3, 0) : head], wrong[len(wrong) - tail :][:3]
    for left in range(len(before), -1, -1):
        for extent in range(len(after), -1, -1):
            around = before[len(before) - left :] + old + after[:extent]
            if around and value.count(around) == 1:
                mended = before[len(before) - left :] + new + after[:extent]
                yield value.replace(around, mended)
                return


def _likely_strings(value: str, site: Site) -> Iterator[tuple[str, float]]:
    """Strings of the tests and the file, the most alike first; then small changes."""
    mined = [*site.clues.strings, *(s for s in site.module.literals if isinstance(s, str))]
    others = [s for s in dict.fromkeys(mined) if s != value and len(s) < 200]
    others.sort(key=lambda s: -likeness(value[:80], s[:80]))
    for other in others[:_STRINGS_TRIED]:
        yield other, 0.03 + 0.2 * likeness(value[:80], other[:80])
    if len(value) == 1:
        for sign in ",;:&-_/.|=# \n":
            yield sign, 0.02
    for changed in (value.strip(), value + " ", value.lower(), value.upper(), value + "\n"):
        yield changed, 0.03


def _as_typed(value: str, old: str) -> str:
    """The string as source, in the quotes of the old one, and raw where that was."""
    quote = old[-1]
    if old[0] not in "rR" or quote in value or "\n" in value or value.endswith("\\"):
        return quoted(value, quote)
    return f"{old[0]}{quote}{value}{quote}"


def quoted(value: str, quote: str = '"') -> str:
    """The string as source, in this kind of quote where that needs no escape."""
    text = repr(value)
    if text[0] == quote or quote in value or "\\" in text or text[0] in value:
        return text
    return f"{quote}{value}{quote}"


def is_number(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    )


def _is_string(node: ast.expr, site: Site) -> bool:
    """A string in one piece, that is more than a docstring."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and not isinstance(site.parent(node), ast.Expr | ast.JoinedStr)
        and _PLAIN.match(site.text(node)) is not None
    )
