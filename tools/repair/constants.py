"""Templates that change a constant, or move a bound by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.kindred import likeness

_NUMBERS_TRIED = 8  # other numbers of the file and the tests, the likeliest first
_STRINGS_TRIED = 12
SLIP_DIGITS = 3
SLIP_SHARE = 0.3


def number(site: Site) -> Iterator[Draft]:
    """A number one up or down, negated, 0, 1, -1 or 2, or one that the file or the tests hold."""
    nodes = [n for n in site.nodes if _is_number(n)]
    for node in nodes:
        assert isinstance(node, ast.Constant)
        shares = _number_shares(site, node)
        for value, share in sorted(shares.items(), key=lambda item: -item[1]):
            if value != node.value or type(value) is not type(node.value):
                text = repr(value)
                if text[0] == "-" and isinstance(site.parent(node), ast.UnaryOp | ast.BinOp):
                    text = f"({text})"
                yield site.swap(node, text, share / len(nodes))
        slips = _slips(site.text(node))
        for text in slips:
            yield site.swap(node, text, SLIP_SHARE / len(slips) / len(nodes))


def _slips(digits: str) -> list[str]:
    """A long number with two neighbouring digits the other way round: how people mistype."""
    if len(digits) < SLIP_DIGITS or not digits.replace(".", "", 1).isdigit():
        return []
    found = []
    for i, (left, right) in enumerate(pairwise(digits)):
        if left != right and "." not in (left, right) and not (i == 0 and right == "0"):
            found.append(f"{digits[:i]}{right}{left}{digits[i + 2 :]}")
    return found


def _number_shares(site: Site, node: ast.Constant) -> dict[int | float, float]:
    value = node.value
    assert isinstance(value, int | float)
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
    for other, share in {0: 0.12, 1: 0.12, -1: 0.05, 2: 0.05}.items():
        offer(other, share)
    if abs(value) > 2:
        offer(value * 10, 0.03)
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
        for new, share in _likely_strings(node.value, site):
            shares.setdefault(new, share)
        quote = site.text(node)[-1]
        for new, share in sorted(shares.items(), key=lambda item: -item[1]):
            if new != node.value:
                yield site.swap(node, quoted(new, quote), share / len(nodes))


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
    for changed in (value.strip(), value + " ", value.lower(), value.upper(), value + "\n"):
        yield changed, 0.03


def quoted(value: str, quote: str = '"') -> str:
    """The string as source, in this kind of quote where that needs no escape."""
    text = repr(value)
    if text[0] == quote or quote in value or "\\" in text or text[0] in value:
        return text
    return f"{quote}{value}{quote}"


def bound(site: Site) -> Iterator[Draft]:
    """One more or one less: of an index, a slice, a range, a length, a comparison, a result."""
    places = [(node, share * _countable(site, node)) for node, share in _bounds(site)]
    total = max(sum(share for _, share in places), 1.0)
    for node, share in places:
        for text, part in _one_off(site, node):
            yield site.swap(node, text, share * part / total)


def _bounds(site: Site) -> Iterator[tuple[ast.expr, float]]:
    """Expressions that count or point, with how often such a place is off by one."""
    for node in site.nodes:
        match node:
            case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper)):
                yield from ((side, 0.8) for side in (lower, upper) if side is not None)
            case ast.Subscript(slice=index) if not _is_string_or_tuple(index):
                yield index, 0.6
            case ast.Call(func=ast.Name(id="range"), args=args):
                yield from ((arg, 1.0) for arg in args[:2])
            case ast.Call(func=ast.Name(id="len")):
                yield node, 0.6
            case ast.Call(args=args):
                inner = [e for a in args if isinstance(a, ast.IfExp) for e in (a.body, a.orelse)]
                for argument in (*args, *inner):
                    if isinstance(argument, ast.Name | ast.BinOp):
                        yield argument, 0.3
            case ast.Compare(
                comparators=[right], ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]
            ):
                yield right, 0.4
    match site.statement:
        case ast.Return(value=ast.expr() as value) if isinstance(
            value, ast.Name | ast.BinOp | ast.Call
        ):
            yield value, 0.3
        case ast.Assign(value=ast.Name() | ast.BinOp() | ast.Call() as value):
            yield value, 0.3
        case ast.AugAssign(value=ast.Name() | ast.BinOp() | ast.Call() as value):
            yield value, 0.2


def _countable(site: Site, node: ast.expr) -> float:
    """How likely the expression is a whole number, from how its names are used."""
    match node:
        case ast.Name(id=name):
            tags = site.module.uses(site.scope).get(name, frozenset())
            return 1.5 if tags & {"key", "arithmetic"} else 0.5
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            texts = (ast.Constant, ast.JoinedStr, ast.List)
            is_text = [isinstance(side, texts) and not _is_number(side) for side in (left, right)]
            return 0.0 if any(is_text) else 1.0
        case _:
            return 1.0


def _one_off(site: Site, node: ast.expr) -> Iterator[tuple[str, float]]:
    """The expression plus and minus one, an added or taken one of its own undone."""
    match node:
        case ast.Constant():
            return  # `number` does these
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=1)):
            yield site.whole(left), 0.5
            return
        case ast.Lambda() | ast.GeneratorExp() | ast.Starred():
            return
    text = site.text(node) if _binds_tighter(node) else f"({site.text(node)})"
    yield f"{text} + 1", 0.5
    yield f"{text} - 1", 0.5


def sliced(site: Site) -> Iterator[Draft]:
    """A slice without one of its bounds, with one more, turned round, or `range` from 1."""
    nodes = [n for n in site.nodes if isinstance(n, ast.Subscript | ast.Call)]
    for node in nodes:
        match node:
            case ast.Subscript(value=value, slice=ast.Slice(lower=low, upper=high, step=step)):
                lower, upper = _text_of(site, low), _text_of(site, high)
                tail = f":{site.text(step)}" if step else ""
                options = {
                    (lower, ""): 0.2, ("", upper): 0.2, (upper, lower): 0.15, ("1", upper): 0.1,
                    (lower, "-1"): 0.1,
                }  # fmt: skip
                for (start, stop), share in options.items():
                    if (start, stop) != (lower, upper):
                        text = f"{site.text(value)}[{start}:{stop}{tail}]"
                        yield site.swap(node, text, share / len(nodes))
            case ast.Call(func=ast.Name(id="range"), args=[stop], keywords=[]):
                yield site.swap(node, f"range(1, {site.text(stop)})", 0.3 / len(nodes))
                yield site.swap(node, f"range(1, {_plus_one(site, stop)})", 0.3 / len(nodes))
            case ast.Call(func=ast.Name(id="range"), args=[start, stop], keywords=[]):
                yield site.swap(node, f"range({site.text(stop)})", 0.2 / len(nodes))
                backwards = f"range({site.text(stop)}, {site.text(start)}, -1)"
                yield site.swap(node, backwards, 0.1 / len(nodes))


def _plus_one(site: Site, node: ast.expr) -> str:
    match node:
        case ast.BinOp(left=left, op=ast.Sub(), right=ast.Constant(value=1)):
            return site.whole(left)
        case _:
            return f"{site.text(node) if _binds_tighter(node) else site.atom(node)} + 1"


def _text_of(site: Site, node: ast.expr | None) -> str:
    return "" if node is None else site.text(node)


def _binds_tighter(node: ast.expr) -> bool:
    """Whether `+ 1` after the node adds to the whole of it."""
    if isinstance(node, ast.BinOp):
        return isinstance(
            node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow
        )
    return isinstance(
        node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant | ast.UnaryOp
    ) and not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def _is_number(node: ast.AST) -> bool:
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
        and site.text(node)[:1] in ("'", '"')
        and not site.text(node).startswith(('"""', "'''"))
    )


def _is_string_or_tuple(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )
