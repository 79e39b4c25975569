"""Each kind of bug is a small change of the text that a person might have made."""

from __future__ import annotations

import ast
from random import Random
from textwrap import dedent

import pytest

from fixit_runtime.tasks.make.draw import Pool, draw_kind
from fixit_runtime.tasks.make.kinds import KINDS, SLIP, Kind
from fixit_runtime.tasks.make.source import Change, Source, applied

BAKERY = '''
    """A bakery."""

    import re
    from math import ceil, floor
    from functools import lru_cache

    SIZES = ("small", "middle", "large")
    PRICES = {
        "roll": 40,  # cents
        "loaf": 350,
        "cake": 1200,
    }
    ORDER = re.compile(r"^(\\d+)\\s*x\\s+(\\w+)$")


    class Basket:
        """What a customer buys."""

        def __init__(self, owner, discount=0, label="basket"):
            self.owner = owner
            self.discount = discount
            self.content = []
            self.total = 0

        def __len__(self):
            return len(self.content)

        @staticmethod
        def known(name):
            return name in PRICES

        def add(self, name, count=1):
            name = name.strip().lower()
            # nobody buys nothing
            if count is None or count < 1:
                return None
            if not self.known(name):
                raise KeyError(name)
            self.content.append((name, count))
            self.total += PRICES[name] * count
            return self.total

        def price(self, name, default=None):
            try:
                value = PRICES[name]
            except (KeyError, TypeError):
                value = default
            except ValueError:
                value = 0
            if self.discount and value:
                value = value - value // self.discount
            return value if value else default


    @lru_cache
    def parsed(text, sep=","):
        """The orders of a text."""
        orders = []
        for part in sorted(text.split(sep, 3), key=len):
            part = part.strip()
            if not part:
                continue
            found = ORDER.match(part)
            if isinstance(part, (str, bytes)) and found is not None:
                orders.append((found.group(2), int(found.group(1))))
            elif part.startswith("a "):
                orders.append((part[2:], 1))
            else:
                orders.append((part or text, 1))
        return [order for order in orders if order[0]]


    def boxes(count, per_box, spare=0):
        if per_box <= 0:
            raise ValueError("a box holds something")
        whole = ceil((count + spare) / per_box)
        if whole > 100:
            whole = 100
        return max(whole, 1)


    def crates(count, per_crate, spare=0):
        return boxes(count, per_box=per_crate, spare=spare) if per_crate else floor(count)
'''


def source(text: str) -> Source:
    data = dedent(text).lstrip("\n").encode()
    return Source("bakery.py", data, frozenset(range(1, data.count(b"\n") + 2)))


def results(kind: str, text: str) -> set[str]:
    """The programs that a kind of bug makes of one, over some seeds."""
    module = source(text)
    (found,) = [k for k in (*KINDS, SLIP) if k.name == kind]
    return {
        applied(module.text, change.edits)
        for seed in range(20)
        for change in found.changes(module, Random(seed))
    }


@pytest.mark.parametrize("kind", [*KINDS, SLIP], ids=lambda kind: kind.name)
def test_every_kind_makes_another_program_by_changing_few_lines(kind: Kind) -> None:
    module = source(BAKERY)
    pool = Pool({"bakery.py": module}, lambda path, line: 1, seed=1)

    made: list[Change] = []
    while (change := pool.take(kind, Random(len(made)))) is not None and len(made) < 30:
        made.append(change)

    assert made
    for change in made:
        text = applied(module.text, change.edits)
        assert ast.dump(ast.parse(text)) != ast.dump(module.tree)
        old, new = module.text.splitlines(), text.splitlines()
        kept = [line for line in old if line in new]
        assert len(old) - len(kept) <= 9, change


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (
            "guard missing",
            """
            def half(x):
                y = x

                # nothing has no half
                if x is None:  # ever
                    return None
                return y / 2  # a float
            """,
            """
            def half(x):
                y = x

                return y / 2  # a float
            """,
        ),
        (
            "keyword missing",
            """
            rows = sorted(
                names,  # of people
                key=str.lower,
                reverse=True,
            )
            """,
            """
            rows = sorted(
                names,  # of people
                key=str.lower,
            )
            """,
        ),
        (
            "clause missing",
            "found = [x for x in xs if (x.a or x.b) and x.c > 0]  # ü\n",
            "found = [x for x in xs if (x.a or x.b)]  # ü\n",
        ),
        (
            "call unwrapped",
            "total = 2 * round(a + b)\n",
            "total = 2 * (a + b)\n",
        ),
        (
            "branch missing",
            """
            if a:
                f()
            elif b:
                # later
                g()
            else:
                h()
            """,
            """
            if a:
                f()
            else:
                h()
            """,
        ),
        (
            "if unwrapped",
            """
            def f(a):
                if a > 1:
                    # once
                    a = (
                        1
                    )
                return a
            """,
            """
            def f(a):
                # once
                a = (
                    1
                )
                return a
            """,
        ),
        (
            "try missing",
            """
            def f(a):
                try:
                    return a[0]
                except IndexError:
                    return None
            """,
            """
            def f(a):
                return a[0]
            """,
        ),
        ("exception narrowed", "try:\n    f()\nexcept (A, B) as e:\n    g(e)\n",
         "try:\n    f()\nexcept A as e:\n    g(e)\n"),
        ("regex changed", 'import re\nP = re.compile(r"a+?b")\n',
         'import re\nP = re.compile(r"a+b")\n'),
        ("entry missing", "D = {\n    1: 2,  # two\n    3: 4,\n}\n",
         "D = {\n    1: 2,  # two\n}\n"),
        ("index or slice changed", "a = b[1:]\n", "a = b[2:]\n"),
        ("condition replaced", "if a is not None:\n    f()\n", "if a:\n    f()\n"),
    ],
)  # fmt: skip
def test_the_text_around_a_bug_stays_as_it_was(kind: str, before: str, after: str) -> None:
    assert dedent(after).lstrip("\n") in results(kind, before)


def test_another_variable_is_one_that_is_bound_there() -> None:
    made = results(
        "variable replaced",
        """
        def area(width, height):
            side = width
            later = side
            return [n for n in range(width)]
        """,
    )

    assert any("later = height" in text for text in made)
    assert not any("side = later" in text or "range(n)" in text for text in made)


def test_only_lines_that_tests_run_get_a_bug() -> None:
    text = "def f(a, b):\n    return a + b\n\n\ndef g(a, b):\n    return a - b\n"
    module = Source("m.py", text.encode(), frozenset({1, 2, 5}))

    lines = {c.line for kind in KINDS for c in kind.changes(module, Random(0))}

    assert lines == {2}


def test_code_for_scripts_tools_and_other_pythons_gets_no_bug() -> None:
    text = """
        import sys
        __version__ = "1.2"
        if sys.version_info < (3, 8):
            count = 1 + 1
        if __name__ == "__main__":
            print(1 + 1)
        """
    module = source(text)

    assert not [c for kind in (*KINDS, SLIP) for c in kind.changes(module, Random(0))]


def test_one_edit_is_repeated_at_every_like_place_of_a_function() -> None:
    text = """
        def join(a, b):
            first = a.strip() + "x"
            return first + b.strip()
        """
    (kind,) = [k for k in KINDS if k.name == "method unwrapped"]
    pool = Pool({"bakery.py": source(text)}, lambda path, line: 1, seed=0)

    change = pool.repeated(kind, Random(0))

    assert change is not None
    made = applied(source(text).text, change.edits)
    assert made == 'def join(a, b):\n    first = a + "x"\n    return first + b\n'


def test_kinds_come_as_often_as_people_make_them() -> None:
    rng = Random(5)
    drawn = [draw_kind(rng).name for _ in range(4000)]

    assert drawn.count("clause missing") > 4 * drawn.count("operator changed")
    assert drawn.count("guard missing") > drawn.count("try missing") > 20


def test_files_with_unusual_line_endings_get_no_bug() -> None:
    with pytest.raises(ValueError, match="line endings"):
        Source("m.py", b"a = 1\r\n", frozenset({1}))
