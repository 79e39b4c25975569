"""Templates that change what a call is given, or put an expression into a call or out of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.edits import Replacement
from fixit_runtime.tools.repair.kindred import likeness
from fixit_runtime.tools.repair.scopes import BUILTINS, Function, parameters
from fixit_runtime.tools.repair.siblings import as_own

_NAMES_TRIED = 8
_DONORS_TRIED = 8
_UNLIKE = 0.05  # of a name that is not like a parameter's at all
# What calls of Python's own functions and methods are given by keyword.
_OPTIONS: dict[str, tuple[str, ...]] = {
    "sorted": ("reverse=True", "key=len", "key=str.lower", "key=lambda item: item[1]",
               "key=lambda item: item[0]"),
    "sort": ("reverse=True", "key=len", "key=str.lower", "key=lambda item: item[1]"),
    "max": ("default=0", "default=None", "key=len", "key=lambda item: item[1]"),
    "min": ("default=0", "default=None", "key=len", "key=lambda item: item[1]"),
    "enumerate": ("start=1", "1"),
    "split": ("maxsplit=1",), "rsplit": ("maxsplit=1",), "splitlines": ("True",),
    "popitem": ("last=False",), "move_to_end": ("last=False",),
    "zip": ("strict=True",), "open": ('encoding="utf-8"', 'newline=""'),
    "read_text": ('encoding="utf-8"',), "write_text": ('encoding="utf-8"',),
    "mkdir": ("parents=True", "exist_ok=True", "parents=True, exist_ok=True"),
    "makedirs": ("exist_ok=True",), "unlink": ("missing_ok=True",),
    "rmtree": ("ignore_errors=True",), "dumps": ("sort_keys=True", "ensure_ascii=False",
    "default=str", "indent=2"), "dump": ("sort_keys=True", "ensure_ascii=False", "default=str"),
    "decode": ('errors="replace"', 'errors="ignore"'), "encode": ('errors="replace"',),
    "run": ("check=True", "text=True"), "print": ('end=""', "file=sys.stderr"),
    "compile": ("re.IGNORECASE", "re.MULTILINE", "re.DOTALL"),
    "sub": ("flags=re.IGNORECASE", "count=1"), "findall": ("re.IGNORECASE", "re.MULTILINE"),
    "search": ("re.IGNORECASE",), "match": ("re.IGNORECASE",), "replace": ("1",),
    "int": ("base=16", "16", "2"), "round": ("2", "1"), "sum": ("start=[]", "()"),
    "dataclass": ("frozen=True",), "field": ("default_factory=list", "default_factory=dict"),
    "getLogger": ("__name__",), "isoformat": ('timespec="seconds"',), "strip": ('"\\n"', '"/"'),
    "deque": ("maxlen=1",), "gather": ("return_exceptions=True",), "iter": ("None",),
}  # fmt: skip


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
        if not call.keywords:
            yield from _as_others_pass(site, call, 0.5 / len(calls))
        for option in _OPTIONS.get(_called(call), ()):
            if option.partition("=")[0] not in given:
                yield _append(site, call, option, 0.15 / len(calls))
    for call in (n for n in site.nodes if isinstance(n, ast.Call) and _is_bare_generator(n)):
        inner = site.text(call.args[0])
        text = inner if inner.startswith("(") else f"({inner})"
        for option in _OPTIONS.get(_called(call), ()):
            new = f"{site.text(call.func)}({text}, {option})"
            yield site.swap(call, new, 0.2, f"pass {option}")


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def starred(site: Site) -> Iterator[Draft]:
    """`f(x)` as `f(*x)` or `f(**x)`, and back."""
    star, double = _star_names(site)
    calls = [n for n in site.nodes if isinstance(n, ast.Call)]
    for call in calls:
        for argument in call.args:
            if isinstance(argument, ast.Starred):
                yield site.swap(argument, site.text(argument.value), 0.5 / len(calls))
            elif isinstance(argument, ast.Name | ast.Attribute | ast.ListComp):
                text = site.text(argument)
                yield site.swap(argument, f"*{text}", (0.6 if text in star else 0.15) / len(calls))
                if text in double:
                    yield site.swap(argument, f"**{text}", 0.6 / len(calls))
        for keyword in call.keywords:
            if keyword.arg is None:
                span = site.module.source.span(keyword)
                piece = Replacement(*span, site.text(keyword.value))
                yield Draft((piece,), 0.2 / len(calls), f"{site.text(keyword.value)} as it is")
        for name in star - {site.text(a.value) for a in call.args if isinstance(a, ast.Starred)}:
            yield _append(site, call, f"*{name}", 0.1 / len(calls))
        for name in double - {site.text(k.value) for k in call.keywords if k.arg is None}:
            yield _append(site, call, f"**{name}", 0.2 / len(calls))


def _star_names(site: Site) -> tuple[set[str], set[str]]:
    """The names of `*args` and `**kwargs` of the function around."""
    if site.function is None:
        return set(), set()
    arguments = site.function.args
    star = {arguments.vararg.arg} if arguments.vararg else set[str]()
    return star, {arguments.kwarg.arg} if arguments.kwarg else set()


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
    fits = [(n, max(likeness(parameter, n.name), _UNLIKE)) for n in alike[:3]]
    values = [(n.name, 0.6 * n.nearness * fit) for n, fit in fits]
    return [*values, ("True", 0.15), ("False", 0.1), ("None", 0.08)]


def _keywords_seen(
    site: Site, call: ast.Call, given: set[str | None], share: float
) -> Iterator[Draft]:
    """Keywords that other calls of the same function in the file pass."""
    seen = site.module.keywords.get(site.text(call.func), {})
    texts = [text for name, text in seen.items() if name not in given]
    for text in texts[:_DONORS_TRIED]:
        yield _append(site, call, text, share / len(texts))


def _as_others_pass(site: Site, call: ast.Call, share: float) -> Iterator[Draft]:
    """The next argument as other calls of the same function in the file pass it; a name in it
    that is not known here stands for one that is, first for one that nothing reads."""
    offered: dict[str, float] = {}
    for at, text, names in site.module.given.get(site.text(call.func), ()):
        if at == len(call.args):
            for own, fit in as_own(site, text, names - site.known - BUILTINS):
                offered[own] = max(fit, offered.get(own, 0.0))
    total = sum(offered.values()) + 0.2
    for text, fit in sorted(offered.items(), key=lambda each: -each[1])[:_DONORS_TRIED]:
        yield _append(site, call, text, share * fit / total)


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
