"""Each template on code of its own: what it makes, to the letter."""

from textwrap import dedent

import pytest

from fixit_runtime.agent.seams import Typed
from fixit_runtime.tools.repair.clues import Clues
from fixit_runtime.tools.repair.context import Site
from fixit_runtime.tools.repair.edits import apply
from fixit_runtime.tools.repair.module import Module
from fixit_runtime.tools.repair.package import Package
from fixit_runtime.tools.repair.templates import KINDS
from tests.tools.repair.samples import BY_NAME, has, made

BASKET = '''
    import os

    class Basket:
        """Prix en €."""
        limit = 3

        def __init__(self, owner, items=None):
            self.owner = owner
            self.items = items or []
            self.ready = False

        def cost(self, prices, rate=1, extra=0):
            # payé tôt
            total = 0; note = "é"  # deux
            for item in self.items:
                if item.count > 1 and not item.free:
                    total += prices[item.name] * (item.count - 1)
            return round(total / rate, 2)

        def label(self, sep=", ", short=False):
            names = [item.name for item in self.items if item.name]
            text = sep.join(sorted(names))
            if short or len(text) > self.limit:
                return text[:self.limit] + "..."
            return text

        def first(self):
            return self.items[0].name.upper()
'''


@pytest.mark.parametrize(
    ("template", "old", "new"),
    [
        ("comparison", "item.count > 1", "item.count >= 1"),
        ("comparison", "len(text) > self", "len(text) < self"),
        ("arithmetic", "item.count - 1", "item.count + 1"),
        ("arithmetic", "total / rate", "total // rate"),
        ("arithmetic", "total / rate", "rate / total"),
        ("arithmetic", "(item.count - 1)", "item.count"),
        ("boolean", "> 1 and not", "> 1 or not"),
        ("augmented", "total += prices", "total -= prices"),
        ("augmented", "total += prices", "total = prices"),
        ("number", "rate=1", "rate=2"),
        ("number", "total = 0;", "total = 1;"),
        ("flag", "self.ready = False", "self.ready = True"),
        ("flag", "or []", "or None"),
        ("named", "total = 0;", "total = extra;"),
        ("string", '"..."', '", "'),
        ("bound", "text[:self.limit]", "text[:self.limit + 1]"),
        ("bound", "text[:self.limit]", "text[:self.limit - 1]"),
        ("slice", "text[:self.limit]", "text[self.limit:]"),
        ("variable", "round(total", "round(extra"),
        ("variable", "self.owner = owner", "self.owner = items"),
        ("attribute", "prices[item.name]", "prices[item.free]"),
        ("attribute", "> self.limit", "> self.items"),
        ("callee", "len(text)", "max(text)"),
        ("callee", ".upper()", ".lower()"),
        ("argument-dropped", "rate, 2)", "rate)"),
        ("argument-added", "sorted(names)", "sorted(names, short)"),
        ("wrapped", "= owner\n", "= str(owner)\n"),
        ("wrapped", ".name.upper()", ".name.upper().strip()"),
        ("wrapped", "= owner\n", "= owner or []\n"),
        ("unwrapped", "sorted(names)", "names"),
        ("unwrapped", "round(total / rate, 2)", "total / rate"),
        ("negated", "if short or", "if not short or"),
        ("negated", "and not item.free", "and item.free"),
        ("clause-dropped", "item.count > 1 and not item.free", "item.count > 1"),
        ("clause-dropped", "items or []", "items"),
        ("clause-added", "if short or", "if self.limit is None or short or"),
        ("condition-replaced", "item.count > 1 and not item.free", "not item.free"),
        ("filtered", " if item.name]", "]"),
        ("filtered", "if item.name]", "if item.name if item is not None]"),
        ("deleted", "        self.ready = False\n", ""),
        ("returned", "return text\n", "return names\n"),
        ("default", "prices[item.name]", "prices.get(item.name, 0)"),
        ("parameter-default", "self, prices", "self, prices=None"),
        ("decorator", "    def first", "    @property\n    def first"),
    ],
)
def test_a_template_makes_this_edit_and_leaves_the_rest_as_typed(
    template: str, old: str, new: str
) -> None:
    assert has(template, BASKET, old, new)


def test_a_number_is_changed_together_with_its_sign() -> None:
    code = "def f(xs):\n    return xs[-1] + xs[0]\n"
    assert has("number", code, "xs[-1]", "xs[0]")
    assert has("number", code, "xs[-1]", "xs[1]")
    assert has("number", code, "xs[-1]", "xs[-2]")
    assert has("number", code, "xs[0]", "xs[-1]")
    assert not has("number", code, "xs[-1]", "xs[-0]")


def test_a_raw_string_stays_raw() -> None:
    code = 'import re\nNAME = re.compile(r"[a-z]+\\d*(?:x)")\n'
    assert has("string", code, "[a-z]+", "[a-z]*")
    assert has("string", code, "[a-z]+", r"[a-z\-]+")
    assert has("string", code, '(?:x)"', '(?:x)$"')
    assert has("string", code, "d*", "w*")


def test_what_nothing_binds_is_bound_where_another_name_is() -> None:
    code = """
        def median(values):
            sorted = sorted(values)
            for at, pair in enumerate(ordered):
                yield ordered[at], item
    """
    assert has("unbound", code, "sorted = sorted(values)", "ordered = sorted(values)")
    assert has("unbound", code, "at, pair", "at, item")
    sure = "def f(xs):\n    ys = [x for x in xs if __name__]\n    return ys, len(xs)\n"
    assert not has("unbound", sure, "ys = [x", "x = [x")
    assert not has("unbound", sure, "ys = [x", "__name__ = [x")


def test_a_name_that_nothing_binds_is_made_of_a_parameter() -> None:
    code = "def middle(values):\n    return ordered[len(ordered) // 2]\n"
    said = Clues(undefined=frozenset({"ordered"}))
    line = "    ordered = sorted(values)\n"
    assert has("unbound", code, "    return", f"{line}    return", said)


@pytest.mark.parametrize(
    ("use", "first"),
    [
        ("text += '-' + x", 'text = ""'),
        ("text += x", "text = 0"),
        ("text *= x", "text = 1"),
        ("text.append(x)", "text = []"),
        ("text[x] = 1", "text = {}"),
    ],
)
def test_a_name_gets_a_first_value_before_the_loop_that_needs_it(use: str, first: str) -> None:
    code = f"def f(xs):\n    for x in xs:\n        {use}\n    return text\n"
    said = Clues(undefined=frozenset({"text"}))
    assert has("unbound", code, "    for x", f"    {first}\n    for x", said)


def test_a_chain_of_comparisons_is_changed_one_operator_at_a_time() -> None:
    code = "def f(a, b, c):\n    return a < b < c\n"
    assert has("comparison", code, "a < b < c", "a <= b < c")
    assert has("comparison", code, "a < b < c", "a < b <= c")


def test_an_operator_is_found_beside_parentheses_and_comments() -> None:
    code = "def f(a, b):\n    return ((a)  # < not this\n            < (b))\n"
    assert has("comparison", code, "            < (b)", "            <= (b)")


def test_operations_are_grouped_the_other_way() -> None:
    code = "def f(a, b, c):\n    return a + b // c\n"
    assert has("arithmetic", code, "a + b // c", "(a + b) // c")
    code = "def f(a, b, c):\n    return a or b and c\n"
    assert has("boolean", code, "a or b and c", "(a or b) and c")


def test_two_arguments_trade_places() -> None:
    code = "def f(a, b):\n    return divmod(a,  b)  # order\n"
    assert has("argument-swapped", code, "a,  b)  #", "b,  a)  #")


def test_a_call_gets_the_keyword_that_the_function_takes() -> None:
    code = """
        def area(width, height, scale=1):
            return width * height * scale

        def draw(width, height, scale):
            return area(width, height)
    """
    new = "return area(width, height, scale=scale)"
    assert has("argument-added", code, "return area(width, height)", new)


def test_a_wrong_keyword_gets_a_name_that_the_function_takes() -> None:
    code = """
        def area(width, height):
            return width * height

        def draw(size):
            return area(width=size, heigth=size)
    """
    clues = Clues(keywords=frozenset({"heigth"}))
    assert has("argument-changed", code, "heigth=", "height=", clues)
    assert has("argument-dropped", code, ", heigth=size", "", clues)


def test_range_and_recursion_are_moved_by_one() -> None:
    code = "def f(n):\n    return [f(i) for i in range(n)]\n"
    assert has("bound", code, "range(n)", "range(n + 1)")
    assert has("bound", code, "f(i)", "f(i - 1)")
    assert has("slice", code, "range(n)", "range(1, n + 1)")
    code = "def f(n):\n    return [i for i in range(n - 1)]\n"
    assert has("bound", code, "range(n - 1)", "range(n)")


def test_numbers_of_the_failing_test_and_its_difference_are_tried() -> None:
    code = "TIMEOUT = 30\n"
    assert has("number", code, "30", "45", Clues(numbers=(45,)))
    assert has("number", code, "30", "37", Clues(pairs=((10, 17),)))


def test_a_string_gets_the_change_that_the_assertion_asks_for() -> None:
    code = "def greet(name):\n    return 'Helo, ' + name\n"
    clues = Clues(pairs=(("Helo, Ann", "Hello, Ann"),))
    assert has("string", code, "'Helo, '", "'Hello, '", clues)
    code = 'SEPARATOR = ","\n'
    assert has("string", code, '","', '", "', Clues(pairs=(("a,b", "a, b"),)))


def test_a_quote_in_a_string_does_not_break_it() -> None:
    code = "TEXT = 'ab'\n"
    assert has("string", code, "'ab'", '"it\'s"', Clues(strings=("it's",)))


def test_expressions_inside_an_f_string_are_edited_in_place() -> None:
    code = 'def f(é, low, high):\n    return f"é {é!r} {low + 1:>{high}} é"\n'
    assert has("arithmetic", code, "low + 1", "low - 1")
    assert has("variable", code, "low + 1", "high + 1")


def test_a_guard_for_none_comes_before_the_statement() -> None:
    code = """
        def first(items):
            \"\"\"The first name.\"\"\"
            return items[0].name  # as typed
    """
    line = "    return items[0].name  # as typed\n"
    guarded = f"    if items is None:\n        return None\n{line}"
    assert has("guard", code, line, guarded)
    assert has("guard", code, line, f"    if not items:\n        return ''\n{line}") or has(
        "guard", code, line, f'    if not items:\n        return ""\n{line}'
    )


def test_a_guard_keeps_tabs_and_line_ends() -> None:
    code = "def f(d, k):\r\n\tfor x in d:\r\n\t\tprint(d[k])\r\n\treturn d\r\n"
    line = "\t\tprint(d[k])\r\n"
    assert has("guard", code, line, f"\t\tif k not in d:\r\n\t\t\tcontinue\r\n{line}")
    assert has("if-around", code, line, "\t\tif k in d:\r\n\t\t\tprint(d[k])\r\n")


def test_a_guard_raises_what_the_test_expects() -> None:
    code = "def root(x):\n    return x ** 0.5\n"
    clues = Clues(expected_errors=("ValueError",))
    line = "    return x ** 0.5\n"
    assert has("guard", code, line, f"    if x < 0:\n        raise ValueError()\n{line}", clues)


def test_missing_things_get_a_default() -> None:
    code = "def f(d, k, xs, a, b):\n    return d[k], next(xs), max(xs), d.pop(k), a / b\n"
    assert has("default", code, "d[k]", "d.get(k)")
    assert has("default", code, "next(xs)", "next(xs, None)")
    assert has("default", code, "max(xs)", "max(xs, default=0)")
    assert has("default", code, "d.pop(k)", "d.pop(k, None)")
    assert has("default", code, "a / b", "(a / b if b else 0)")


def test_an_unknown_name_becomes_a_known_one_a_member_or_an_import() -> None:
    code = """
        \"\"\"Paths.\"\"\"

        class Tree:
            def __init__(self, root):
                self.root = root

            def path(self, nmae, name):
                return json.dumps(Path(root) / nmea)
    """
    clues = Clues(undefined=frozenset({"root", "nmea", "Path", "json"}))
    assert has("misspelt", code, "nmea", "name", clues)
    assert has("misspelt", code, "Path(root)", "Path(self.root)", clues)
    head = '"""Paths."""\n'
    assert has("misspelt", code, head, head + "from pathlib import Path\n", clues)
    assert has("misspelt", code, head, head + "import json\n", clues)


def test_an_unknown_attribute_becomes_one_that_is_spelt_alike() -> None:
    code = "def f(box):\n    box.width = 1\n    return box.widht\n"
    assert has("misspelt", code, "widht", "width", Clues(attributes=frozenset({"widht"})))


def test_an_outer_name_that_is_assigned_is_declared() -> None:
    code = """
        def counter():
            count = 0
            def step():
                count += 1
                return count
            return step
    """
    clues = Clues(undefined=frozenset({"count"}))
    line = "        count += 1\n"
    assert has("misspelt", code, line, f"        nonlocal count\n{line}", clues)


def test_a_statement_moves_out_of_its_block_and_beside_its_neighbours() -> None:
    code = """
        def f(xs):
            found = []
            for x in xs:
                found.append(x)
                return found  # all
    """
    inside, outside = "        return found  # all\n", "    return found  # all\n"
    assert has("moved", code, inside, outside)
    both = "    found = []\n    for x in xs:\n"
    assert has("moved", code, both, "    for x in xs:\n        found = []\n")


def test_strings_of_several_lines_are_never_indented_anew() -> None:
    code = 'def f(x):\n    for y in x:\n        return """a\n        b"""\n'
    assert made("moved", code) == set()
    assert made("if-around", code) == set()


def test_leaving_a_loop_otherwise() -> None:
    code = "def f(xs):\n    for x in xs:\n        if x:\n            break\n"
    assert has("left-otherwise", code, "break", "continue")
    assert has("left-otherwise", code, "break", "return")


def test_a_lost_result_is_returned() -> None:
    code = "def f(xs):\n    total = 0\n    total += sum(xs)\n"
    end = "    total += sum(xs)\n"
    assert has("returned", code, end, f"{end}    return total\n")
    code = "def f(xs):\n    sorted(xs)\n"
    assert has("returned", code, "sorted(xs)", "return sorted(xs)")


def test_a_missing_statement_is_taken_from_its_twin() -> None:
    code = """
        def split(pairs):
            left, right = [], []
            for a, b in pairs:
                left.append(a)
            return left, right
    """
    line = "        left.append(a)\n"
    assert has("repeated", code, line, f"{line}        left.append(b)\n")
    assert has("repeated", code, line, f"{line}        right.append(a)\n")


def test_a_table_gets_the_entry_that_the_test_asks_for() -> None:
    code = """
        UNITS = (
            "mm",  # small
            "cm",
        )
        SIZES = {"a": 1, "b": 2}
        def is_number(x):
            return isinstance(x, (int,))
    """
    clues = Clues(strings=("km",))
    assert has("entry", code, '    "cm",\n', '    "cm",\n    "km",\n', clues)
    assert has("entry", code, '    "mm",  # small\n    "cm"', '    "mm"', clues) or has(
        "entry", code, ',  # small\n    "cm"', "", clues
    )
    assert has("entry", code, '"b": 2', '"b": 2, "km": 2', clues)
    assert has("entry", code, '"a": 1, ', "")
    assert has("entry", code, "(int,)", "(int, float,)")


def test_the_arms_of_an_if_are_joined_parted_and_added() -> None:
    code = """
        def sign(x, low, high):
            if x < low:
                x = low
            if x > high:
                x = high
            elif x == low:
                x += 1
            return x
    """
    assert has("branch", code, "if x > high", "elif x > high")
    assert has("branch", code, "elif x == low", "if x == low")
    arm = "        x += 1\n"
    assert has("branch", code, arm, f"{arm}    else:\n        low += 1\n")
    assert has("branch", code, arm, f"{arm}    else:\n        return None\n")


def test_a_mutable_default_is_made_in_the_body() -> None:
    code = """
        def add(x, *, to: list = []):
            \"\"\"Add.\"\"\"
            to.append(x)
            return to
    """
    (only,) = (text for text in made("parameter-default", code) if "if to is None" in text)
    assert only == dedent('''
        def add(x, *, to: list = None):
            """Add."""
            if to is None:
                to = []
            to.append(x)
            return to
    ''').lstrip("\n")


def test_exceptions_are_widened_replaced_and_caught() -> None:
    code = """
        def number(text):
            try:
                return int(text)
            except ValueError:
                return None
    """
    clues = Clues(errors={"TypeError": frozenset({("m.py", 3)})})
    assert has("exception", code, "ValueError", "(ValueError, TypeError)", clues)
    assert has("exception", code, "ValueError", "KeyError", clues)
    line = "        return int(text)\n"
    caught = "        try:\n            return int(text)\n        except TypeError:\n"
    assert has("try", code, line, caught + "            return None\n", clues)


def test_async_code_decorators_class_bodies_and_generators_are_in_reach() -> None:
    code = """
        class Feed:
            retries: int = 2

            @staticmethod
            def parse(self, text):
                return text

            async def read(self, source):
                for item in source:
                    await self.put(item)
                return source.close()

            def items(self):
                yield self.parts
    """
    assert has("number", code, "= 2", "= 3")
    assert has("decorator", code, "    @staticmethod\n", "")
    assert has("async", code, "for item", "async for item")
    assert has("wrapped", code, "return source.close()", "return await source.close()")
    assert has("yield", code, "yield self.parts", "yield from self.parts")


def test_a_parameter_that_is_never_read_comes_first_among_the_names() -> None:
    code = "def f(alpha, beta, gamma):\n    x = beta + alpha\n    return x * beta\n"
    module = Module("m.py", code)
    site = Site(module, module.statements[1], Clues())
    variable = next(kind for kind in KINDS if kind.name == "variable")
    drafts = sorted(variable.make(site), key=lambda draft: -draft.share)
    assert drafts[0].note.endswith("-> gamma")


def test_no_template_fails_on_any_kind_of_statement() -> None:
    code = dedent('''
        """Doc."""
        from __future__ import annotations
        import os, sys as s
        A, *B = 1, 2, 3
        @decorated(1)
        class C(Base, metaclass=M):
            x: int
            y: str = "a" "b"
            def __init__(self, *args: int, k=None, **kw): super().__init__(*args, **kw)
        async def g(a, /, b, *, c=(), d: dict = {}):
            async with a as (x, y), b: pass
            async for i in a: continue
            else: await b
            return [k async for k in a if k if not b]
        def f(x, y=lambda z: z):
            global A; del x[0], y
            assert x, f"{x=} {y!r:>{A}}"
            with open(x) as f, (yield): raise E from None
            try: x = yield from y
            except (A, B) as e: raise
            except C: ...
            else: x @= 1
            finally: return -x ** 2 if x else not y
        async def h(x):
            yield x
            x.a = x.b
            for y in range(x): return y[1:]
        match A:
            case {"k": v, **rest} if v: print(v)
            case [1, *_] | C(x=1): pass
            case _: x = y = (z := 3)
        class D(A):
            shared = []
            def go(self, q): return q
        def t(x):
            for y in x:
                if y: print(y)
            z = g(x)
            return x
        while True:
            if A: break
            elif not B: A[1:2, ...] = {**A, "b": {1, *B}}
        else: print("%s" % A, *B, sep="", **C)
        if x is not None and (a or b) or not c: x = 1; y = x if a else b
    ''')
    module = Module("m.py", code)
    clues = Clues(
        errors={"TypeError": frozenset({("m.py", line) for line in range(40)})},
        undefined=frozenset({"x", "A"}), attributes=frozenset({"x"}), numbers=(1.5,),
        strings=("a", "it's\n"), pairs=(("a", "b"), (1, 2)), expected_errors=("E",),
    )  # fmt: skip
    drafted = {kind.name: 0 for kind in KINDS}
    for statement in module.statements:
        for kind in KINDS:
            for draft in kind.make(Site(module, statement, clues)):
                drafted[kind.name] += 1
                assert draft.note and 0 < draft.share <= 2
                assert apply(code, draft.replacements)
    assert min(drafted.values()) > 0, f"no edit from {min(drafted, key=lambda k: drafted[k])}"


@pytest.mark.parametrize(
    ("template", "code", "old", "new"),
    [
        ("extended", "def f(a, b):\n    c = a\n", "c = a", "c = a + b"),
        ("extended", "def f(n, k):\n    return f(n - 1, k)\n", "f(n - 1, k)",
         "f(n - 1, k) + f(n, k - 1)"),
        ("stepped", "def f(n):\n    return f(n - 1)\n", "n - 1", "n // 2"),
        ("donated", "def f(a):\n    b = a.x\n    return b\n", "return b", "return a.x"),
        ("exchanged", "def f(a, b):\n    a[b] = 1\n", "a[b]", "b[a]"),
        ("starred", "def f(*a):\n    g(a)\n", "g(a)", "g(*a)"),
        ("assigned", "def f(a):\n    a.strip()\n", "a.strip()", "a = a.strip()"),
        ("normalised", "def f(a):\n    g(a)\n", "    g(a)", "    a = a or []\n    g(a)"),
        ("looped", "def f(a):\n    if a: a -= 1\n", "if", "while"),
        ("left-here", "def f(a):\n    for b in a:\n        if b:\n            g(b)\n",
         "g(b)\n", "g(b)\n            break\n"),
        ("repeated", "def f(a):\n    s = set()\n    return s\n", "    return s",
         "    s.add(a)\n    return s"),
        ("yield", "def f(a):\n    yield a\n    f(a.b)\n", "f(a.b)", "yield from f(a.b)"),
        ("filtered", "def f(a):\n    return [b for b in a for c in b]\n", "for b in a for c in b",
         "for c in b for b in a"),
        ("entry", "A = (4, 6, 9)\n", "(4, 6, 9)", "(4, 5, 6, 9)"),
        ("arithmetic", "def f(a, b):\n    return a // b\n", "a // b", "-(-a // b)"),
        ("string", "import re\nA = re.compile('\\\\d+x')\n", "+x", "*x"),
        ("wrapped", "from html import escape\ndef f(a):\n    return a\n", "return a",
         "return escape(a)"),
        ("answered", "def f(a):\n    b = g(a)\n    return h(a)\n", "    b = g(a)\n",
         "    b = g(a)\n    if b:\n        return b\n"),
        ("answered", "def f(a):\n    for b in a:\n        c = g(b)\n        yield c.x\n",
         "        c = g(b)\n", "        c = g(b)\n        if not c:\n            continue\n"),
        ("either", "def f(a, b=None):\n    a.b = b\n    return a.b == 'x'\n", "a.b = b\n",
         "a.b = 'x' if b is None else b\n"),
        ("either", "def f(a, on):\n    return [g(b) for b in a]\n", "g(b) for",
         "(g(b) if on else None) for"),
        ("if-added", "def f(a, b, c):\n    return a[b]\n", "    return a[b]",
         "    if b not in a:\n        a[b] = c\n    return a[b]"),
        ("if-around", "def f(a):\n    g(a.keys)\n    a.close()\n", "    a.close()",
         "    if not a.keys:\n        a.close()"),
        ("if-around", "def f(a):\n    return 1\n", "    return 1",
         "    if not a:\n        return 1"),
        ("repeated", "class C:\n    def f(self, a):\n        self.clear()\n", "self.clear()\n",
         "self.clear()\n        self.update(a)\n"),
        ("repeated", "def f(a):\n    out_name: str = None\n    for b in a:\n        g(b.name)\n"
         "    return out_name\n", "        g(b.name)\n",
         "        g(b.name)\n        out_name = b.name\n"),
        ("argument-added", "def at(a): ...\ndef f(a):\n    g('x', at(a))\ndef h(b):\n    g('y')\n",
         "g('y')", "g('y', at(b))"),
        ("wrapped", "def f(a, make=dict):\n    def g():\n        return {}\n    return g()\n",
         "return {}", "return make({})"),
        ("clause-added", "def f(a):\n    if len(a) == 2 or not a:\n        return 1\n",
         "len(a) == 2 or not a", "len(a) == 2 or not a or len(a) == 1"),
    ],
)  # fmt: skip
def test_what_grew_later_makes_this_edit(template: str, code: str, old: str, new: str) -> None:
    assert has(template, code, old, new)


def test_a_like_method_lends_what_it_does_more() -> None:
    code = """
        class Log:
            def add(self, line):
                self.lines.append(line)
                self.told.append(("add", line))

            def drop(self, line):
                self.lines.remove(line)
    """
    wanted = '        self.lines.remove(line)\n        self.told.append(("drop", line))\n'
    assert any(text.endswith(wanted) for text in made("from-sibling", code))


def test_a_class_that_is_made_from_another_calls_it() -> None:
    code = "class A(B):\n    def __init__(self, x):\n        self.y = x\n"
    assert has("inherited", code, "        self.y", "        super().__init__(x)\n        self.y")


def test_an_edit_brings_the_import_that_it_needs() -> None:
    module = Module("pack/a.py", "import os\n\ndef f(x):\n    return to_text(x)\n")
    others = {"pack/b.py": "def to_texts(x):\n    return [x]\n"}
    site = Site(module, module.statements[2], Clues(), Package(others.get, tuple(others)))
    made_ = {apply(module.source.text, d.replacements) for d in BY_NAME["callee"].make(site)}
    wanted = "import os\nfrom pack.b import to_texts\n\ndef f(x):\n    return to_texts(x)\n"
    assert wanted in made_


SHELF = """
    class Page:
        def __init__(self, width):
            self.width = width

        def cut(self):
            return self.width

    class Cover:
        def __init__(self, heft):
            self.heft = heft

        def bind(self):
            return self.heft

    def measure(page, cover, name):
        if name.lift():
            return page.size
        return cover
"""


def types(path: str, line: int, **names: str) -> Clues:
    return Clues().with_types([Typed(path, line, {n: (c,) for n, c in names.items()})])


def test_what_a_name_held_at_run_time_tells_which_attributes_and_methods_it_has():
    seen = types("m.py", 15, page="Page", cover="Cover", name="Cover")
    assert has("attribute", SHELF, "page.size", "page.width", seen)
    assert not has("attribute", SHELF, "page.size", "page.heft", seen)
    assert has("callee", SHELF, "name.lift", "name.bind", seen)
    assert not has("callee", SHELF, "name.lift", "name.cut", seen)
    assert not has("attribute", SHELF, "page.size", "page.width")


def test_names_that_held_values_of_the_same_class_replace_each_other_first():
    code = "def f(a, b, c):\n    return a + 1\n"

    def shares(seen: Clues) -> dict[str, float]:
        module = Module("m.py", code)
        site = Site(module, module.statements[1], seen)
        return {draft.note: draft.share for draft in BY_NAME["variable"].make(site)}

    plain, seen = shares(Clues()), shares(types("m.py", 1, a="int", b="str", c="int"))
    assert seen["a -> c"] > plain["a -> c"] == plain["a -> b"] > seen["a -> b"]


def test_classes_of_other_files_are_known_by_what_they_define():
    texts = {
        "pages.py": "class Page:\n    def cut(self):\n        self.width = 1\n\ndef size(): ...\n",
        "m.py": "def f(page):\n    return page.size\n",
    }
    module = Module("m.py", texts["m.py"])
    package = Package(texts.get, ["pages.py", "m.py"])
    site = Site(module, module.statements[1], types("m.py", 1, page="Page"), package)
    notes = {draft.note for draft in BY_NAME["attribute"].make(site)}
    assert {".size -> .cut", ".size -> .width"} <= notes


@pytest.mark.parametrize(
    ("code", "old", "likely", "unlikely"),
    [
        ("def f(a, b, c):\n    for x in a:\n        b = x\n    return b, c\n", "= x",
         "= max(b, x)", "= max(c, x)"),
        ("def f(a):\n    return sorted(a, key=lambda x: x[1])\n", "x[1]", "-x[1]", "x[1][0]"),
        ("def f(a, i):\n    return a[i][i] if i < len(a) else 0\n", "len(a)", "len(a[0])",
         "len(a[-1])"),
    ],
)  # fmt: skip
def test_what_the_place_speaks_for_comes_before_its_like(
    code: str, old: str, likely: str, unlikely: str
) -> None:
    module = Module("m.py", code)
    shares = {
        apply(code, draft.replacements): draft.share
        for statement in module.statements
        for draft in BY_NAME["wrapped"].make(Site(module, statement, Clues()))
    }
    assert shares[code.replace(old, likely)] > 4 * shares[code.replace(old, unlikely)]
