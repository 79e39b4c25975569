"""What a reviewer would not let pass is seen; what people write is not."""

import ast

import pytest

from fixit_runtime.tools.repair.oddness import oddities


@pytest.mark.parametrize(
    "code",
    [
        "len(val) == True",
        "len(name) > 'a'",
        "total < total",
        "1 == 2",
        "done and done",
        "True or found",
        "not not found",
        "x if y else x",
        "str(str(x))",
        "self.x = self.x",
        "(a < b) < True",
    ],
)
def test_an_expression_that_nobody_writes_on_purpose_is_odd(code: str) -> None:
    assert oddities(ast.parse(code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "val == True",
        "len(val) == 1",
        "0 < len(val) <= 8",
        "x is None or x == 'a'",
        "name or 'nobody'",
        "int(len(x))",
        "'a' in str(x)",
        "x = y if y else 0",
        "while True: pass",
        "isinstance(x, int) == wanted",
    ],
)
def test_ordinary_code_is_not_odd(code: str) -> None:
    assert oddities(ast.parse(code)) == 0
