import ast
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.tools.repair.edits import Edit, Mutant, Replacement, Source, apply, mutate


def change(source: Source, old: str, new: str) -> Mutant | None:
    start = source.text.index(old)
    piece = Replacement(start, start + len(old), new)
    return mutate(source, Edit(source.path, (piece,), "test"))


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.text(max_size=5))))
def test_insertions_keep_every_character_of_the_text_in_order(
    text: str, insertions: list[tuple[int, str]]
) -> None:
    pieces = [Replacement(min(at, len(text)), min(at, len(text)), new) for at, new in insertions]
    result = apply(text, pieces)
    assert len(result) == len(text) + sum(len(p.text) for p in pieces)
    rest = iter(result)
    assert all(letter in rest for letter in text)


def test_overlapping_replacements_are_an_error() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply("abcdef", [Replacement(0, 3, "x"), Replacement(2, 4, "y")])


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_positions_are_right_after_letters_of_several_bytes(newline: str, bom: str) -> None:
    text = 'größe = "日本"; x = größe + 1  # €\n\x0cy = [größe, "é", x]\n'.replace("\n", newline)
    source = Source("m.py", bom + text)
    names = [n for n in ast.walk(source.tree) if isinstance(n, ast.Name)]
    assert {source.segment(name) for name in names} == {"größe", "x", "y"}
    assert all(source.segment(name) == name.id for name in names)


def test_everything_outside_the_edit_stays_as_typed() -> None:
    code = "# coding: utf-8\nx = ( 1 ,  'ä' )   # odd\n\n\ndef f( a ):\n\treturn a  +  x [0]\n"
    mutant = change(Source("m.py", code), "x [0]", "x[1]")
    assert mutant is not None
    assert mutant.text == code.replace("x [0]", "x[1]")


def test_edits_with_the_same_syntax_tree_have_the_same_id() -> None:
    source = Source("m.py", "def f(a, b):\n    return a < b\n")
    first, second = change(source, "a < b", "b > a + 0"), change(source, "a < b", "(b > a + 0)")
    turned, other = change(source, "a < b", "a + 0 < b"), change(source, "a < b", "a <= b")
    assert first and second and turned and other
    assert first.id == second.id == turned.id != other.id
    negated, unequal = change(source, "a < b", "not a == b"), change(source, "a < b", "a != b")
    assert negated and unequal and negated.id == unequal.id


@pytest.mark.parametrize(
    "new", ["a < b", "(a < b)", "b > a", "a <", "return", "yield = 3", "a\n<b"]
)
def test_edits_that_change_nothing_or_do_not_compile_make_no_mutant(new: str) -> None:
    assert change(Source("m.py", "def f(a, b):\n    return a < b\n"), "a < b", new) is None


def test_what_only_compiling_refuses_makes_no_mutant() -> None:
    source = Source("m.py", "x = 1\nfor i in range(3):\n    print(i)\n")
    assert change(source, "print(i)", "return i") is None
    assert change(source, "print(i)", "await i") is None
    assert change(source, "print(i)", "break") is not None


def test_an_edit_may_touch_several_top_level_statements() -> None:
    source = Source("m.py", "import os\n\n\ndef f():\n    return sep\n\n\nx = 1; y = 2\n")
    at = source.text.index("sep")
    pieces = (Replacement(0, 0, "import re\n"), Replacement(at, at, "os."))
    mutant = mutate(source, Edit("m.py", pieces, "test"))
    assert mutant is not None
    assert (
        mutant.text == "import re\nimport os\n\n\ndef f():\n    return os.sep\n\n\nx = 1; y = 2\n"
    )
    last = change(source, "y = 2", "y = 3")
    assert last is not None and last.text.endswith("x = 1; y = 3\n")


def test_whole_lines_of_a_statement_hold_its_decorators_and_its_comment() -> None:
    text = dedent("""
        @first
        @second(1)
        def f():
            a = 1  # one
            b = 2; c = 3
            return "x"  'y'""")
    source = Source("m.py", text)
    (function,) = source.tree.body
    assert isinstance(function, ast.FunctionDef)
    spans = [source.lines_of(statement) for statement in (function, *function.body)]
    texts = [text[slice(*span)] if span else None for span in spans]
    assert texts == [text[1:], "    a = 1  # one\n", None, None, "    return \"x\"  'y'"]


def test_source_of_another_language_is_refused() -> None:
    with pytest.raises(SyntaxError):
        Source("m.py", "print 'hello'\n")


LONG_CLASS = """class Box:
    \"\"\"Holds
things.\"\"\"

    size = 1

    @property
    def double(self):
        return self.size + self.size

    def add(self, by):
        self.size += by
"""


@pytest.mark.parametrize("end", ["", "\n# the end\nX = Box()\n"])
@pytest.mark.parametrize(
    ("old", "new", "compiles"),
    [
        ("size = 1", "size = 2", True),
        ("+ self", "- self", True),
        ("+= by", "-= by", True),
        ("+= by\n", "+= by\n        return by\n", True),
        ("    @property\n", "", True),
        ("    size = 1\n\n    @property", "    @property", True),
        ("class Box", "class Bag", True),
        ("size = 1", "return 1", False),
        ("+= by", "+= = by", False),
    ],
)
def test_a_change_in_a_class_is_made_and_checked_like_any_other(
    old: str, new: str, compiles: bool, end: str
) -> None:
    source = Source("box.py", LONG_CLASS + end)
    start = source.text.index(old)
    made = mutate(source, Edit("box.py", (Replacement(start, start + len(old), new),), "test"))
    if compiles:
        assert made is not None
        assert made.text == source.text.replace(old, new, 1)
    else:
        assert made is None


@pytest.mark.parametrize("before", ["    def add", "# the end"])
def test_a_statement_put_in_below_a_method_ends_that_method(before: str) -> None:
    source = Source("box.py", LONG_CLASS + "# the end\nX = Box()\n")
    at = source.text.index(before)
    made = mutate(source, Edit("box.py", (Replacement(at, at, "        return 1\n"),), "test"))
    assert made is not None
    assert made.text == source.text[:at] + "        return 1\n" + source.text[at:]


@pytest.mark.parametrize(
    ("old", "new"),
    [("enumerate(x)", "enumerate(x, 0)"), ("x[:2]", "x[0:2]"), ("range(3)", "range(0, 3)")],
)
def test_what_only_spells_out_a_default_changes_nothing(old: str, new: str) -> None:
    source = Source("m.py", f"def f(x):\n    return {old}\n")
    assert change(source, old, new) is None


def test_a_slice_with_a_step_is_not_taken_to_start_at_zero() -> None:
    source = Source("m.py", "def f(x, n):\n    return x[::n]\n")
    assert change(source, "x[::n]", "x[0::n]") is not None


def test_a_member_of_a_class_can_be_taken_out() -> None:
    source = Source(
        "box.py", "class Box:\n    lid = 1\n    key = 2\n\n    def open(self):\n        pass\n"
    )
    start = source.text.index("    key")
    made = mutate(source, Edit("box.py", (Replacement(start, start + 12, ""),), "test"))
    assert made is not None
    assert made.text == "class Box:\n    lid = 1\n\n    def open(self):\n        pass\n"


def test_an_edit_of_two_places_is_refused_where_one_of_them_does_not_compile() -> None:
    source = Source(
        "box.py", "import os\n\n\nclass Box:\n    lid = 1\n\n    def open(self):\n        pass\n"
    )
    at = source.text.index("pass")
    first = Replacement(0, 0, "import re\n")
    good = mutate(source, Edit("box.py", (first, Replacement(at, at + 4, "re.I")), "test"))
    assert good is not None
    assert good.text.startswith("import re\nimport os\n")
    assert good.text.endswith("        re.I\n")
    assert mutate(source, Edit("box.py", (first, Replacement(at, at + 4, "re.")), "test")) is None
