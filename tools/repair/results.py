"""A template that looks at what a call has just given, before anything else is done."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.guards import exits
from fixit_runtime.tools.repair.layout import draft, inserted
from fixit_runtime.tools.repair.subjects import Check

_THERE = (("{}", "not {}", 0.25), ("{} is not None", "{} is None", 0.2))
_ABSENT = (("not {}", "{}", 0.3), ("{} is None", "{} is not None", 0.25))
_EXITS_TRIED = 6
_RETURNED = 0.5  # of a result that is there


def answered(site: Site) -> Iterator[Draft]:
    """After `x = f(...)`: `if x: return x`, or a guard against its absence."""
    match site.statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() | ast.Await()):
            pass
        case _:
            return
    if site.function is None:
        return
    part = 1.0 if name in site.idle else 0.4
    for text, denial, likely in (*_THERE, *_ABSENT):
        check = Check(text.format(name), denial.format(name), likely)
        leave = {f"return {name}": _RETURNED} if (text, denial, likely) in _THERE else {}
        for exit_, share in sorted(exits(site, check), key=lambda pair: -pair[1])[:_EXITS_TRIED]:
            leave.setdefault(exit_, share)
        for exit_, share in leave.items():
            lines = [f"if {check.text}:", f"\t{exit_}"]
            piece = inserted(site.module.source, site.statement, lines, after=True)
            yield from draft([piece], part * likely * share, f"if {check.text}: {exit_}")
