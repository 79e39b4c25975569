"""The kinds of bug, and how often people make each: the real fixes of 743 commits, reversed.

The commits: 32 open-source Python projects, fix-like subject, one product file, at most 12
changed lines, a test changed. `sole` is in how many of them the reverse of this bug was the only
edit, `seen` in how many it was one of several. A fix that adds a guard is the reverse of a bug
of kind "guard missing"; and so on. Where the count stood for a family, it is divided among its
members as their own counts are. This table is not fitted to what any repair can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from fixit_runtime.tasks.make import (
    blocks,
    calls,
    conditions,
    constants,
    exceptions,
    names,
    operators,
    statements,
)
from fixit_runtime.tasks.make.source import Change, Source

TWO_EDITS = 0.24
REPEATED = 0.07
SLIPS = 0.08  # of the rest: one token, which people seldom commit and often write


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of bug; `changes` are those that could be put into a module."""

    name: str
    sole: float
    seen: float
    changes: Callable[[Source, Random], Iterator[Change]]


KINDS = (
    Kind("variable replaced", 24, 80, names.variable_replaced),
    Kind("attribute replaced", 6, 20, names.attribute_replaced),
    Kind("callee replaced", 11, 41, names.callee_replaced),
    Kind("argument changed", 9, 30, calls.argument_changed),
    Kind("keyword missing", 9, 28, calls.keyword_missing),
    Kind("positional missing", 5, 18, calls.positional_missing),
    Kind("argument extra", 4, 17, calls.argument_extra),
    Kind("call unwrapped", 14, 31, calls.call_unwrapped),
    Kind("method unwrapped", 5, 11, calls.method_unwrapped),
    Kind("if-expression missing", 3, 7, calls.if_expression_missing),
    Kind("or missing", 2, 5, calls.or_missing),
    Kind("wrapped by call", 10, 15, calls.wrapped_by_call),
    Kind("clause missing", 28, 57, conditions.clause_missing),
    Kind("clause extra", 6, 17, conditions.clause_extra),
    Kind("condition replaced", 9, 28, conditions.condition_replaced),
    Kind("condition operator", 3, 9, conditions.condition_operator),
    Kind("isinstance narrowed", 2, 7, conditions.isinstance_narrowed),
    Kind("negation", 1, 3, conditions.negation),
    Kind("string changed", 26, 53, constants.string_changed),
    Kind("regex changed", 7, 14, constants.regex_changed),
    Kind("number changed", 2, 7, constants.number_changed),
    Kind("default changed", 5, 11, constants.default_changed),
    Kind("operator changed", 3, 13, operators.operator_changed),
    Kind("index or slice changed", 2, 10, operators.index_changed),
    Kind("expression simplified", 12, 61, operators.expression_simplified),
    Kind("statement missing", 22, 165, statements.statement_missing),
    Kind("statement extra", 7, 51, statements.statement_extra),
    Kind("statement replaced", 15, 47, statements.statement_replaced),
    Kind("moved", 14, 29, statements.statement_moved),
    Kind("import missing", 1, 4, statements.import_missing),
    Kind("entry missing", 12, 29, statements.entry_missing),
    Kind("guard missing", 25, 60, blocks.guard_missing),
    Kind("if block missing", 22, 73, blocks.if_block_missing),
    Kind("if unwrapped", 7, 20, blocks.if_unwrapped),
    Kind("if extra", 2, 9, blocks.if_extra),
    Kind("branch missing", 21, 47, blocks.branch_missing),
    Kind("method missing", 8, 28, blocks.method_missing),
    Kind("decorator missing", 1, 2, blocks.decorator_missing),
    Kind("try missing", 10, 15, exceptions.try_missing),
    Kind("exception narrowed", 6, 7, exceptions.exception_narrowed),
    Kind("handler missing", 5, 9, exceptions.handler_missing),
)
SLIP = Kind("slip", 0, 0, operators.slip)
