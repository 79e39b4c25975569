"""Templates over the fields of formatted text: f-strings, `str.format` and `%`."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from fixit_runtime.tools.repair.context import Draft, Site, brief
from fixit_runtime.tools.repair.edits import Replacement

_NAMES_TRIED = 6
_COMMON = {".2f": 0.2, ".1f": 0.1, ".3f": 0.05, ".0f": 0.05, ",": 0.1, "d": 0.05, "02d": 0.1,
           "02": 0.05, ".1%": 0.05, ",.2f": 0.05, "g": 0.03, "x": 0.03, "s": 0.03}  # fmt: skip
_SPEC = re.compile(r":([^{}\s:\"']{1,8})\}")
_NUMBER = re.compile(r"\d+")
_PERCENT = re.compile(r"%(\(\w+\))?([-+ #0]*)(\d*)((?:\.\d+)?)([sdrfgxiec])")
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a text, counted from the text's start: its expression [start, end), what
    follows it ("!r", "=", …), its spec without the colon, and where its brace closes."""

    start: int
    end: int
    conversion: str
    spec: str | None
    close: int


def field(site: Site) -> Iterator[Draft]:
    """A field with another expression, conversion or spec, or without; two fields exchanged;
    a name that nothing reads as a field more."""
    texts = [n for n in site.nodes if _is_template(site, n)]
    for node in texts:
        text, at = site.text(node), site.module.source.span(node)[0]
        part = 1 / len(texts)
        found = list(_fields(text))
        for each in found:
            for new, share in _changed(site, node, text, each).items():
                old = text[each.start : each.close]
                if new != old:
                    piece = Replacement(at + each.start, at + each.close, new)
                    note = f"{{{brief(old, 30)}}} -> {{{brief(new, 30)}}}"
                    yield Draft((piece,), share * part / len(found), note)
        for first, second in pairwise(found):
            a, b = text[first.start : first.end], text[second.start : second.end]
            if a != b:
                pieces = (
                    Replacement(at + first.start, at + first.end, b),
                    Replacement(at + second.start, at + second.end, a),
                )
                yield Draft(pieces, 0.2 * part / len(found), f"{a} and {b} exchanged")
        if isinstance(node, ast.JoinedStr):
            end = at + len(text) - (3 if text.endswith(('"""', "'''")) else 1)
            for name in [n.name for n in site.near_values(2) if n.name in site.idle]:
                yield Draft((Replacement(end, end, f"{{{name}}}"),), 0.1 * part, f"add {{{name}}}")
    yield from _percent(site)


def _is_template(site: Site, node: ast.expr) -> bool:
    """An f-string, or the text that `.format` is called on."""
    if isinstance(node, ast.JoinedStr):
        return True
    match site.parent(node):
        case ast.Attribute(attr="format") if isinstance(node, ast.Constant):
            return isinstance(node.value, str)
    return False


def _fields(text: str) -> Iterator[_Field]:
    at = 0
    while (at := text.find("{", at)) >= 0:
        if text.startswith("{{", at):
            at += 2
            continue
        found = _field_at(text, at + 1)
        if found is None:
            return
        yield found
        at = found.close + 1


def _field_at(text: str, start: int) -> _Field | None:
    """The field whose expression starts here; None where its brace never closes."""
    depth, quote = 0, ""
    end = spec = conversion = -1
    for at in range(start, len(text)):
        sign = text[at]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'" and spec < 0:
            quote = sign
        elif sign in _OPENING:
            depth += 1
        elif depth and sign in _CLOSING:
            depth -= 1
        elif sign == "}":
            stop = end if end >= 0 else at
            mark = text[conversion : spec - 1 if spec >= 0 else at] if conversion >= 0 else ""
            return _Field(start, stop, mark, text[spec:at] if spec >= 0 else None, at)
        elif depth == 0 and sign == "!" and text[at + 1 : at + 2] in ("r", "s", "a") and spec < 0:
            end, conversion = at, at
        elif depth == 0 and sign == ":" and spec < 0:
            end = end if end >= 0 else at
            spec = at + 1
    return None


def _changed(site: Site, node: ast.expr, text: str, field: _Field) -> dict[str, float]:
    """What could stand between the braces instead, with shares that sum to about 1."""
    inner = text[field.start : field.end]
    tail = text[field.end : field.close]
    spec = "" if field.spec is None else f":{field.spec}"
    options: dict[str, float] = {}
    if field.conversion:
        options |= {f"{inner}{spec}": 0.3, f"{inner}!s{spec}": 0.05, f"{inner}!r{spec}": 0.1}
    else:
        options |= {f"{inner}!r{spec}": 0.2, f"{inner}!s{spec}": 0.02}
    head = f"{inner}{field.conversion}"
    if field.spec is not None:
        options[head] = 0.15
        for new, share in _specs(site, field.spec).items():
            options.setdefault(f"{head}:{new}", 0.5 * share)
    else:
        seen = Counter(_SPEC.findall(site.module.source.text)).most_common(4)
        for new, share in {**_COMMON, **{spec: 0.2 for spec, _ in seen}}.items():
            options.setdefault(f"{head}:{new}", 0.3 * share)
    others = _values(site, node, inner)
    for other, share in others.items():
        options.setdefault(f"{other}{tail}", 0.4 * share)
    return options


def _values(site: Site, node: ast.expr, inner: str) -> dict[str, float]:
    """Other expressions for a field, with shares that sum to at most 1."""
    if not isinstance(node, ast.JoinedStr):
        numbers = [str(int(inner) + step) for step in (1, -1)] if inner.isdigit() else []
        names = _keywords(site, node)
        offered = [o for o in (*numbers, *names) if o != inner and o[:1] != "-"]
        return {other: 1 / len(offered) for other in offered}
    near = [n.name for n in site.values_at(node, _NAMES_TRIED) if n.name != inner]
    weighed = {name: (3.0 if name in site.idle else 0.5) for name in near}
    for other in site.module.expressions(site.scope)[:_NAMES_TRIED]:
        if other != inner and "{" not in other and not set("\"'") & set(other):
            weighed.setdefault(other, 0.5)
    base = re.match(r"\w+$", inner)
    for tag in sorted(site.module.uses(site.scope).get(inner, frozenset()) if base else ()):
        if tag[0] == ".":
            weighed.setdefault(f"{inner}{tag}", 0.5)
    for form in ("len({0})", "{0}.strip()", "str({0})", "{0} + 1", "{0}.upper()", "{0}.lower()",
                 "repr({0})", "{0} - 1"):  # fmt: skip
        weighed.setdefault(form.format(inner), 0.15)
    total = sum(weighed.values()) + 0.5
    return {text: weight / total for text, weight in weighed.items()}


def _keywords(site: Site, node: ast.expr) -> list[str]:
    """The keywords that a call of `.format` passes."""
    method = site.parent(node)
    call = site.parent(method) if method is not None else None
    return [k.arg for k in call.keywords if k.arg] if isinstance(call, ast.Call) else []


def _specs(site: Site, spec: str) -> dict[str, float]:
    """Other format specs than this one: a number one off, another type or side, one seen in the
    file."""
    options: dict[str, float] = {}
    for match in _NUMBER.finditer(spec):
        for step in (1, -1):
            number = int(match[0]) + step
            if number >= 0:
                options[f"{spec[: match.start()]}{number}{spec[match.end() :]}"] = 0.15
    for old, new in (("<", ">"), (">", "<"), ("<", "^"), (">", "^"), ("^", "<"), ("^", ">")):
        if spec.count(old) == 1:
            options[spec.replace(old, new)] = 0.15
    if spec[-1:].isalpha() or spec[-1:] == "%":
        for kind in "dfgsxX%":
            options.setdefault(spec[:-1] + kind, 0.05)
        options.setdefault(spec[:-1], 0.1)
        if "." in spec:
            options.setdefault("d", 0.05)
    else:
        options |= {f"{spec}d": 0.05, f"{spec}s": 0.03, f"{spec}f": 0.05}
    if spec[:1].isdigit() and spec[:1] != "0":
        options |= {f"0{spec}": 0.15, f"<{spec}": 0.1, f">{spec}": 0.1}
    options.setdefault(f",{spec}" if spec[:1] == "." else f"{spec},", 0.05)
    if spec.startswith(("0", ",", "+")):
        options.setdefault(spec[1:], 0.1)
    for seen, _ in Counter(_SPEC.findall(site.module.source.text)).most_common(4):
        options.setdefault(seen, 0.1)
    options.pop("", None)
    options.pop(spec, None)
    return options


def _percent(site: Site) -> Iterator[Draft]:
    """A field of a text that `%` fills with another type, width or precision."""
    for node in site.nodes:
        match node:
            case ast.BinOp(left=ast.Constant(value=str()) as left, op=ast.Mod()):
                pass
            case _:
                continue
        at, found = site.module.source.span(left)[0], list(_PERCENT.finditer(site.text(left)))
        for match in found:
            key, flags, width, precision, kind = (part or "" for part in match.groups())
            options = {f"%{key}{flags}{width}{precision}{k}": 0.1 for k in "srdfgx" if k != kind}
            for digits in (width, precision[1:]):
                for step in (1, -1) if digits else ():
                    number = int(digits) + step
                    new = (f"{number}", precision) if digits is width else (width, f".{number}")
                    if number >= 0:
                        options[f"%{key}{flags}{new[0]}{new[1]}{kind}"] = 0.15
            if kind == "d" and not width:
                options[f"%{key}02d"] = 0.1
            if kind == "f" and not precision:
                options |= {f"%{key}{flags}{width}.{n}f": 0.1 for n in (1, 2)}
            if width or precision:
                options[f"%{key}{kind}"] = 0.1
            for new_text, share in options.items():
                piece = Replacement(at + match.start(), at + match.end(), new_text)
                yield Draft((piece,), share / len(found), f"{match[0]} -> {new_text}")
