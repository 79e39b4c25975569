"""The templates of the search tier: what each changes, how often that is the fix, how far it
is to be trusted. None is made for a known program.

`share` is the part of all one-edit fixes that the template makes: the mean of two. One is its
part of the 285 small real fixes that a single edit with names and literals of the file can make
(fixes.md, "Edit kinds": fillable sole edits, split by the counts of each kind). The other is
its part of the slips of one token in code that is still being written, which reviewed packages
rarely hold: there comparison, bound, operator and variable lead; set by hand. `reach` is the
sum of the shares of what the template drafts at a statement, on average: measured over 3,306
statements in functions of 18 installed packages. `trust` is P(right | the failing tests pass)
where it is the only plausible candidate: high where an edit says something about the code, low
where it mostly silences a test; by hand. `crash` multiplies the weight by what the failing
tests raise: whole at the statement that raised it, its square root elsewhere; by hand. `prior`
learns from bugs how far all this is off; the kinds that came after the measurement have shares
and reaches by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fixit_runtime.tools.repair import (
    applied,
    blocks,
    bounds,
    branches,
    builtin_calls,
    calls,
    cases,
    choices,
    clauses,
    conditions,
    constants,
    decorators,
    definitions,
    donors,
    entries,
    fields,
    guards,
    loops,
    members,
    names,
    operators,
    receivers,
    results,
    rows,
    siblings,
    statements,
    terms,
    unbound,
    wrapping,
)
from fixit_runtime.tools.repair.clues import NONE_ERROR
from fixit_runtime.tools.repair.context import Template

REACH_FLOOR = 0.1  # below, one package more or less decides


@dataclass(frozen=True, slots=True)
class Kind:
    """A template with what is assumed of it. `crash`: exception class name -> factor; `peak`:
    no draft's share counts for more, so that templates with many drafts wait their turn."""

    name: str
    make: Template
    share: float
    reach: float
    trust: float
    crash: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    peak: float = 1.0

    @property
    def weight(self) -> float:
        """The chance, up to a factor, that a suspicious statement is repaired by a draft whose
        share is 1: a template that finds little to draft is likelier where it does."""
        return self.share / max(self.reach, REACH_FLOOR)


_NONE = {NONE_ERROR: 12.0, "AttributeError": 2.0, "TypeError": 3.0}
_MISSING = {
    NONE_ERROR: 4.0,
    "KeyError": 5.0,
    "IndexError": 4.0,
    "StopIteration": 4.0,
    "ValueError": 2.0,
}
_ABSENT = {**_MISSING, **_NONE}
_BOUNDS = {"IndexError": 4.0, "RecursionError": 2.0}
_WRONG_NAME = {"NameError": 2.0, "TypeError": 1.5}
_UNKNOWN = {"NameError": 20.0, "UnboundLocalError": 8.0, "AttributeError": 8.0}
_NOT_RAISED = "Failed"  # pytest's own class, where an expected exception did not come
_SIGNATURE = {"TypeError": 5.0}
_TYPE = {NONE_ERROR: 3.0, "TypeError": 3.0, "AttributeError": 2.0}

KINDS: tuple[Kind, ...] = (
    Kind("comparison", operators.comparison, 0.065, 0.10, 0.75, {"IndexError": 2.0}),
    Kind("arithmetic", operators.arithmetic, 0.055, 0.02, 0.7, {"TypeError": 1.5}),
    Kind("boolean", operators.boolean, 0.03, 0.03, 0.7),
    Kind("augmented", operators.augmented, 0.015, 0.07, 0.65),
    Kind("number", constants.number, 0.04, 0.04, 0.65, {"IndexError": 2.0}, peak=0.3),
    Kind("flag", constants.flag, 0.03, 0.13, 0.65, {"AttributeError": 1.5, "TypeError": 1.5}),
    Kind("named", donors.named, 0.025, 0.25, 0.6, peak=0.2),
    Kind("string", constants.string, 0.025, 0.10, 0.7, {"KeyError": 3.0}),
    Kind("bound", bounds.bound, 0.055, 0.16, 0.7, _BOUNDS),
    Kind("slice", bounds.sliced, 0.02, 0.00, 0.65, {"IndexError": 2.0}),
    Kind("variable", names.variable, 0.10, 0.27, 0.7, _WRONG_NAME, peak=0.2),
    Kind("attribute", names.attribute, 0.03, 0.19, 0.7, {"AttributeError": 3.0}, peak=0.3),
    Kind("callee", names.callee, 0.04, 0.20, 0.7, _TYPE, peak=0.3),
    Kind("extended", terms.extended, 0.03, 0.5, 0.6, peak=0.1),
    Kind("stepped", terms.stepped, 0.02, 0.1, 0.65, {"RecursionError": 3.0}, peak=0.15),
    Kind("donated", terms.donated, 0.03, 0.5, 0.55, peak=0.12),
    Kind("exchanged", terms.exchanged, 0.01, 0.3, 0.65, peak=0.3),
    Kind("from-sibling", siblings.from_sibling, 0.02, 0.3, 0.55, peak=0.15),
    Kind("assigned", siblings.assigned, 0.008, 0.05, 0.7, _NONE, peak=0.5),
    Kind("normalised", siblings.normalised, 0.015, 0.1, 0.5, _TYPE, peak=0.1),
    Kind("left-here", siblings.left_here, 0.01, 0.1, 0.5, peak=0.3),
    Kind("looped", siblings.looped, 0.015, 0.1, 0.6, peak=0.2),
    Kind("misspelt", names.misspelt, 0.015, 0.00, 0.85, _UNKNOWN),
    Kind("unbound", unbound.unbound, 0.015, 0.10, 0.8,
         {"NameError": 20.0, "UnboundLocalError": 20.0}),
    Kind("argument-swapped", calls.argument_swapped, 0.028, 0.17, 0.8, _SIGNATURE),
    Kind("argument-dropped", calls.argument_dropped, 0.01, 0.33, 0.55, _SIGNATURE),
    Kind("argument-added", calls.argument_added, 0.025, 0.18, 0.65, _SIGNATURE, peak=0.25),
    Kind("argument-changed", calls.argument_changed, 0.015, 0.14, 0.6, _SIGNATURE, peak=0.15),
    Kind("starred", calls.starred, 0.006, 0.1, 0.7, _SIGNATURE),
    Kind("wrapped", wrapping.wrapped, 0.06, 0.83, 0.6, _TYPE, peak=0.12),
    Kind("unwrapped", wrapping.unwrapped, 0.02, 0.40, 0.55, _TYPE),
    Kind("yield", wrapping.kind_of_yield, 0.004, 0.01, 0.7),
    Kind("negated", conditions.negated, 0.015, 0.11, 0.5),
    Kind("clause-dropped", conditions.clause_dropped, 0.015, 0.03, 0.5),
    Kind("clause-added", conditions.clause_added, 0.06, 0.20, 0.6, _ABSENT, peak=0.15),
    Kind("condition-replaced", conditions.condition_replaced, 0.025, 0.21, 0.5, peak=0.12),
    Kind("filtered", conditions.filtered, 0.01, 0.01, 0.6, _NONE),
    Kind("guard", guards.guard, 0.055, 0.73, 0.55,
         {**_ABSENT, "ZeroDivisionError": 6.0, "RecursionError": 6.0, _NOT_RAISED: 3.0},
         peak=0.12),
    Kind("if-around", guards.wrapped_in_if, 0.03, 0.55, 0.45, _ABSENT, peak=0.25),
    Kind("default", guards.default_given, 0.02, 0.11, 0.6,
         {**_MISSING, "ZeroDivisionError": 4.0, "AttributeError": 2.0}, peak=0.3),
    Kind("branch", branches.branched, 0.035, 0.1, 0.55),
    Kind("entry", entries.entry, 0.03, 0.1, 0.7, peak=0.4),
    Kind("deleted", statements.deleted, 0.015, 0.47, 0.3),
    Kind("moved", statements.moved, 0.04, 0.24, 0.6, {"UnboundLocalError": 5.0}),
    Kind("repeated", donors.repeated, 0.035, 1.10, 0.5, {"UnboundLocalError": 3.0}, peak=0.12),
    Kind("left-otherwise", statements.left_otherwise, 0.008, 0.01, 0.6),
    Kind("returned", statements.returned, 0.03, 0.18, 0.5, _TYPE, peak=0.4),
    Kind("parameter-default", definitions.default_changed, 0.01, 0.00, 0.75, _SIGNATURE, peak=0.8),
    Kind("decorator", definitions.decorated, 0.005, 0.00, 0.6, _SIGNATURE),
    Kind("exception", definitions.exception_type, 0.015, 0.03, 0.7, {_NOT_RAISED: 2.0}),
    Kind("try", definitions.try_around, 0.015, 0.00, 0.4, peak=0.3),
    Kind("inherited", definitions.inherited, 0.008, 0.05, 0.7, {"AttributeError": 4.0}, peak=0.5),
    Kind("async", definitions.awaited, 0.003, 0.00, 0.7, _SIGNATURE),
    Kind("clause-nested", clauses.nested, 0.008, 0.10, 0.55, _ABSENT, peak=0.12),
    Kind("clause-borrowed", clauses.borrowed, 0.01, 0.13, 0.6, peak=0.12),
    Kind("receiver", receivers.receiver, 0.01, 0.14, 0.7, {"AttributeError": 3.0}, peak=0.3),
    Kind("after-loop", loops.after_loop, 0.008, 0.06, 0.65, peak=0.3),
    Kind("field", fields.field, 0.008, 0.02, 0.7, peak=0.2),
    Kind("block", blocks.block, 0.006, 0.09, 0.35, peak=0.3),
    Kind("entries", rows.entries, 0.008, 0.03, 0.7, {"KeyError": 3.0}, peak=0.3),
    Kind("guard-of-two", cases.guard_of_two, 0.015, 0.47, 0.5,
         {**_ABSENT, _NOT_RAISED: 3.0}, peak=0.1),
    Kind("if-added", cases.if_added, 0.03, 0.79, 0.5, {_NOT_RAISED: 3.0}, peak=0.1),
    Kind("either", choices.either, 0.02, 0.5, 0.55, {**_NONE, **_MISSING}, peak=0.1),
    Kind("answered", results.answered, 0.01, 0.1, 0.55, _NONE, peak=0.2),
    Kind("builtin", builtin_calls.builtin, 0.006, 0.11, 0.65, {"TypeError": 1.5}, peak=0.1),
    Kind("applied", applied.applied, 0.02, 0.44, 0.65, {"TypeError": 2.0}, peak=0.2),
    Kind("decorator-added", decorators.decorator_added, 0.005, 0.04, 0.65,
         {"TypeError": 3.0, "AttributeError": 2.0}, peak=0.4),
    Kind("member-added", members.member_added, 0.005, 0.02, 0.65,
         {"AttributeError": 4.0, "TypeError": 3.0}, peak=0.4),
)  # fmt: skip
