"""Templates that change what a call is given, or put an expression into a call or out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.scopes import Function, parameters

_NAMES_TRIED = 8
_DONORS_TRIED = 8


def argument_swapped(site: Site) -> Iterator[Draft]:
    """Two positional arguments, or two elements of a tuple, in each other's place."""
    rows = [n.args if isinstance(n, ast.Call) else n.elts for n in site.nodes
            if isinstance(n, ast.Call | ast.Tuple)]  # fmt: skip
    pairs = [pair for row in rows for pair in combinations(row[:5], 2)]
    for left, right in pairs:
        if ast.dump(left) != ast.dump(right):
            yield Draft(_exchange(site, left, right), 1 / len(pairs), "swap two arguments")


def _exchange(site: Site, left: ast.expr, right: ast.expr) -> tuple[Replacement, ...]:
    a, b = site.module.source.span(left), site.module.source.span(right)
    return Replacement(*a, site.text(right)), Replacement(*b, site.text(left))


def argument_dropped(site: Site) -> Iterator[Draft]:
    """A call without one of its arguments."""
    calls = [n for n in site.nodes if isinstance(n, ast.Call)]
    count = sum(len(c.args) + len(c.keywords) for c in calls)
    for call in calls:
        given: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        parts = sorted(given, key=lambda part: (part.lineno, part.col_offset))
        for at, part in enumerate(parts):
            known = isinstance(part, ast.keyword) and part.arg in site.clues.keywords
            drop = _without(site, parts, at)
            if drop is not None:
                share = 0.9 if known else (at + 1) / len(parts) / count
                yield Draft((drop,), share, f"drop {site.text(part)}")


def _without(site: Site, parts: Sequence[ast.expr | ast.keyword], at: int) -> Replacement | None:
    """The argument and the comma beside it."""
    source = site.module.source
    if isinstance(parts[at], ast.GeneratorExp):
        return None  # it may share its parentheses with the call
    start, end = source.span(parts[at])
    if at > 0:
        return Replacement(source.span(parts[at - 1])[1], end, "")
    if len(parts) > 1:
        return Replacement(start, source.span(parts[1])[0], "")
    return Replacement(start, end, "")


def argument_added(site: Site) -> Iterator[Draft]:
    """One more argument: a parameter that the call leaves out, or a name in scope."""
    calls = [n for n in site.nodes if isinstance(n, ast.Call) and not _is_bare_generator(n)]
    for call in calls:
        known = _signatures(site, call)
        given = {keyword.arg for keyword in call.keywords}
        for function, skipped in known:
            for arg in parameters(function)[skipped + len(call.args) :]:
                if arg.arg not in given and arg not in (function.args.vararg, function.args.kwarg):
                    urgent = 2.0 if arg.arg in site.clues.missing else 1.0
                    for value, share in _values_for(site, arg.arg):
                        text = f"{arg.arg}={value}"
                        yield _append(site, call, text, 0.6 * urgent * share / len(calls))
        for name in [near.name for near in site.near_values(_NAMES_TRIED)]:
            share = (0.3 if name in site.idle else 0.03) / len(calls)
            if name not in given:
                yield _append(site, call, f"{name}={name}", share)
            if all(name != site.text(arg) for arg in call.args) and not call.keywords:
                yield _append(site, call, name, share)
        if not call.keywords:
            for text in ("1", "True", "None", "0"):
                yield _append(site, call, text, 0.02 / len(calls))
        yield from _keywords_seen(site, call, given, 0.4 / len(calls))


def _signatures(site: Site, call: ast.Call) -> list[tuple[Function, int]]:
    """What the file defines under the callee's name, and how many parameters are implied."""
    match call.func:
        case ast.Name(id=name):
            found = site.module.functions.get(name, [])
        case ast.Attribute(attr=name):
            found = site.module.functions.get(name, [])
        case _:
            return []
    firsts = [(f, parameters(f)[:1]) for f in found]
    return [(f, int(bool(first) and first[0].arg in ("self", "cls"))) for f, first in firsts]


def _values_for(site: Site, parameter: str) -> list[tuple[str, float]]:
    """What may be passed as a parameter: a like name first, then flags and empty values."""
    near = [n for n in site.names if not n.tool]
    alike = sorted(near, key=lambda n: -n.nearness * likeness(parameter, n.name))
    values = [(n.name, 0.6 * n.nearness * likeness(parameter, n.name)) for n in alike[:3]]
    return [*values, ("True", 0.15), ("False", 0.1), ("None", 0.08)]


def _keywords_seen(
    site: Site, call: ast.Call, given: set[str | None], share: float
) -> Iterator[Draft]:
    """Keywords that other calls of the same function in the file pass."""
    seen = site.module.keywords.get(site.text(call.func), {})
    texts = [text for name, text in seen.items() if name not in given]
    for text in texts[:_DONORS_TRIED]:
        yield _append(site, call, text, share / len(texts))


def _append(site: Site, call: ast.Call, text: str, share: float) -> Draft:
    """The call with one more argument before its closing parenthesis."""
    source = site.module.source
    end = source.span(call)[1] - 1
    parts = [*call.args, *call.keywords]
    if not parts:
        return Draft((Replacement(end, end, text),), share, f"pass {text}")
    last = max(source.span(part)[1] for part in parts)
    while source.text[last:end].lstrip().startswith(")"):
        last = source.text.index(")", last) + 1
    return Draft((Replacement(last, last, f", {text}"),), share, f"pass {text}")


def argument_changed(site: Site) -> Iterator[Draft]:
    """An argument replaced by another expression of the same function; a keyword renamed."""
    calls = [n for n in site.nodes if isinstance(n, ast.Call)]
    places = [(c, a) for c in calls for a in c.args if not isinstance(a, ast.Starred)]
    donors = site.module.expressions(site.scope) if site.function else ()
    for _, argument in places:
        for donor in donors[:_DONORS_TRIED]:
            if donor != site.text(argument):
                yield site.swap(argument, donor, 0.5 / len(places) / _DONORS_TRIED)
    for call in calls:
        accepted = {p.arg for f, _ in _signatures(site, call) for p in parameters(f)}
        for keyword in call.keywords:
            if keyword.arg and (accepted or keyword.arg in site.clues.keywords):
                for name in sorted(accepted - {k.arg for k in call.keywords}):
                    start = site.module.source.span(keyword)[0]
                    piece = Replacement(start, start + len(keyword.arg), name)
                    share = 0.4 * likeness(keyword.arg, name) / len(calls)
                    yield Draft((piece,), share, f"{keyword.arg}= -> {name}=")


def _is_bare_generator(call: ast.Call) -> bool:
    return len(call.args) == 1 and isinstance(call.args[0], ast.GeneratorExp)
