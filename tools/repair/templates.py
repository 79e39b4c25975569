"""The templates of the search tier: what each changes, how often that is the fix, how far it
is to be trusted. None is made for a known program.

`weight` is the mean of two shares. One is the template's part of the 285 small real fixes that a
single edit with names and literals of the file can make (fixes.md, "Edit kinds": fillable sole
edits, split by the counts of each kind). The other is its part of the slips of one token in
code that is still being written, which reviewed packages rarely hold: there comparison, bound,
operator and variable lead; set by hand. `trust` is P(right | the failing tests pass) where it
is the only plausible candidate: high where an edit says something about the code, low where it
mostly silences a test; by hand. `crash` multiplies the weight by what the failing tests raise:
whole at the statement that raised it, its square root elsewhere. All are to be learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fixit_runtime.tools.repair import (
    calls,
    conditions,
    constants,
    definitions,
    donors,
    guards,
    names,
    operators,
    statements,
    wrapping,
)
from fixit_runtime.tools.repair.context import Template


@dataclass(frozen=True, slots=True)
class Kind:
    """A template with what is assumed of it. `crash`: exception class name -> factor; `peak`:
    no draft's share counts for more, so that templates with many drafts wait their turn."""

    name: str
    make: Template
    weight: float
    trust: float
    crash: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    peak: float = 1.0


_NONE = {"AttributeError": 5.0, "TypeError": 4.0}
_MISSING = {"KeyError": 5.0, "IndexError": 4.0, "StopIteration": 4.0, "ValueError": 2.0}
_UNKNOWN = {"NameError": 20.0, "UnboundLocalError": 8.0, "AttributeError": 8.0}
_SIGNATURE = {"TypeError": 5.0}
_TYPE = {"TypeError": 3.0, "AttributeError": 2.0}

KINDS: tuple[Kind, ...] = (
    Kind("comparison", operators.comparison, 0.065, 0.75, {"IndexError": 2.0}),
    Kind("arithmetic", operators.arithmetic, 0.055, 0.7, {"TypeError": 1.5}),
    Kind("boolean", operators.boolean, 0.03, 0.7),
    Kind("augmented", operators.augmented, 0.015, 0.65),
    Kind("number", constants.number, 0.04, 0.65, {"IndexError": 2.0}, peak=0.3),
    Kind("flag", constants.flag, 0.03, 0.65, {"AttributeError": 1.5, "TypeError": 1.5}),
    Kind("named", donors.named, 0.025, 0.6, peak=0.2),
    Kind("string", constants.string, 0.025, 0.7, {"KeyError": 3.0}),
    Kind("bound", constants.bound, 0.055, 0.7, {"IndexError": 4.0, "RecursionError": 2.0}),
    Kind("slice", constants.sliced, 0.02, 0.65, {"IndexError": 2.0}),
    Kind("variable", names.variable, 0.10, 0.7, {"NameError": 2.0, "TypeError": 1.5}, peak=0.2),
    Kind("attribute", names.attribute, 0.02, 0.7, {"AttributeError": 3.0}, peak=0.3),
    Kind("callee", names.callee, 0.04, 0.7, {"AttributeError": 2.0, "TypeError": 1.5}, peak=0.3),
    Kind("misspelt", names.misspelt, 0.015, 0.85, _UNKNOWN),
    Kind("argument-swapped", calls.argument_swapped, 0.028, 0.8, _SIGNATURE),
    Kind("argument-dropped", calls.argument_dropped, 0.01, 0.55, _SIGNATURE),
    Kind("argument-added", calls.argument_added, 0.02, 0.65, _SIGNATURE, peak=0.25),
    Kind("argument-changed", calls.argument_changed, 0.015, 0.6, _SIGNATURE, peak=0.15),
    Kind("wrapped", wrapping.wrapped, 0.05, 0.6, _TYPE, peak=0.12),
    Kind("unwrapped", wrapping.unwrapped, 0.02, 0.55, _TYPE),
    Kind("yield", wrapping.kind_of_yield, 0.004, 0.7),
    Kind("negated", conditions.negated, 0.015, 0.5),
    Kind("clause-dropped", conditions.clause_dropped, 0.015, 0.5),
    Kind("clause-added", conditions.clause_added, 0.06, 0.6, {**_NONE, **_MISSING}, peak=0.15),
    Kind("condition-replaced", conditions.condition_replaced, 0.025, 0.5, peak=0.12),
    Kind("filtered", conditions.filtered, 0.01, 0.6, _NONE),
    Kind("guard", guards.guard, 0.055, 0.55,
         {**_NONE, **_MISSING, "ZeroDivisionError": 6.0, "RecursionError": 6.0, "Failed": 3.0},
         peak=0.12),
    Kind("if-around", guards.wrapped_in_if, 0.03, 0.45, {**_NONE, **_MISSING}, peak=0.25),
    Kind("default", guards.default_given, 0.02, 0.6,
         {**_MISSING, "ZeroDivisionError": 4.0, "AttributeError": 2.0}, peak=0.3),
    Kind("deleted", statements.deleted, 0.015, 0.3),
    Kind("moved", statements.moved, 0.04, 0.6, {"UnboundLocalError": 5.0}),
    Kind("repeated", donors.repeated, 0.035, 0.5, {"UnboundLocalError": 3.0}, peak=0.12),
    Kind("left-otherwise", statements.left_otherwise, 0.008, 0.6),
    Kind("returned", statements.returned, 0.03, 0.5, _TYPE, peak=0.4),
    Kind("parameter-default", definitions.default_changed, 0.01, 0.75, _SIGNATURE, peak=0.8),
    Kind("decorator", definitions.decorated, 0.005, 0.6, _SIGNATURE),
    Kind("exception", definitions.exception_type, 0.015, 0.7, {"Failed": 2.0}),
    Kind("try", definitions.try_around, 0.015, 0.4, peak=0.3),
    Kind("async", definitions.awaited, 0.003, 0.7, _SIGNATURE),
)  # fmt: skip
