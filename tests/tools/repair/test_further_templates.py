"""Templates that write a clause, a block or a definition, each on code of its own."""

import pytest

from fixit_runtime.tools.repair.clues import Clues
from fixit_runtime.tools.repair.context import Site
from fixit_runtime.tools.repair.edits import apply
from fixit_runtime.tools.repair.module import Module
from fixit_runtime.tools.repair.package import Package
from tests.tools.repair.samples import BY_NAME, has, made

SHELF = """
    class Shelf(Base):
        def __init__(self, books, log):
            self.books = books
            self.log = log

        def take(self, book, reader):
            if book.lent and (reader.banned or not reader.paid):
                return None
            if not (reader.guest and book.rare):
                return book
            return self.pack(book)

        def pack(self, book):
            book.pack(self.log)
            self.log.write(book)
            return self.label(book)

        def label(self, book):
            if book.rare and not book.copied:
                return write(book)
            return None
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("or not reader.paid", "or reader.paid"),
        ("if book.lent and (reader", "if (book.lent or not reader) and (reader"),
        ("(reader.banned or", "(not reader.banned or"),
        ("(reader.banned or", "(not reader or"),
        ("(reader.banned or", "((reader is not None and reader.banned) or"),
        ("book.lent and (reader.banned or not reader.paid)",
         "book.lent and (not reader or reader.banned or not reader.paid)"),
        ("(reader.guest and book.rare)", "(not reader.guest and book.rare)"),
    ],
)  # fmt: skip
def test_a_clause_inside_another_one_is_changed_alone(old: str, new: str) -> None:
    assert has("clause-nested", SHELF, old, new)


def test_a_clause_is_negated_wherever_a_choice_stands() -> None:
    code = "def f(a, b):\n    return g(a or b)\n"
    assert has("clause-nested", code, "a or b", "not a or b")


def test_what_is_denied_is_narrowed_inside_its_parentheses() -> None:
    code = "def f(a, b):\n    if not a.x:\n        return b\n"
    assert has("clause-nested", code, "not a.x", "not (a.x and b)")


def test_a_like_function_lends_a_clause_of_its_condition() -> None:
    code = """
        def first(page, user):
            if page.open and not user.banned:
                return page

        def second(page, user):
            if page.open:
                return page
    """
    wanted = "    if page.open and not user.banned:\n        return page\n"
    assert sum(text.count(wanted) == 2 for text in made("clause-borrowed", code)) == 1
    other = code.replace("second(page, user)", "second(page, guest)")
    wanted = "    if page.open and not guest.banned:\n"
    assert any(wanted in text for text in made("clause-borrowed", other))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return self.pack(book)", "return super().pack(book)"),
        ("book.pack(self.log)", "super().pack(self.log)"),
        ("book.pack(self.log)", "self.pack(self.log)"),
        ("self.log.write(book)", "self.books.write(book)"),
        ("self.log.write(book)", "book.write(book)"),
        ("return self.label(book)", "return self.log.label(book)"),
        ("write(book)\n        return None", "self.write(book)\n        return None"),
    ],
)
def test_a_method_is_called_on_something_else(old: str, new: str) -> None:
    if old.startswith("self.log.write"):
        old, new = f"        {old}", f"        {new}"
    assert has("receiver", SHELF, old, new)


def test_a_method_becomes_the_function_of_that_name_and_back() -> None:
    code = """
        def clean(x):
            return x

        class Form:
            def clean(self, x):
                return self.clean(x)

            def read(self, y):
                return clean(y)
    """
    assert has("receiver", code, "self.clean(x)", "clean(x)")
    assert has("receiver", code, "return clean(y)", "return self.clean(y)")


def test_what_is_left_after_a_loop_is_given_too() -> None:
    code = """
        def parts(lines):
            part = []
            for line in lines:
                if not line:
                    yield part
                    part = []
                else:
                    part.append(line)
    """
    end = "            part.append(line)\n"
    assert has("after-loop", code, end, f"{end}    if part:\n        yield part\n")
    assert has("after-loop", code, end, f"{end}    yield part\n")


def test_a_short_block_of_a_loop_is_done_once_more_after_it() -> None:
    code = """
        def parts(text, sign):
            found, word = [], ""
            for letter in text:
                if word == sign:
                    word = word.strip()
                    found.append(word + sign)
                word += letter
            return found
    """
    end = "        word += letter\n"
    block = "        word = word.strip()\n        found.append(word + sign)\n"
    assert has("after-loop", code, end, f"{end}    if word:\n{block}")
    assert has("after-loop", code, end, f"{end}    if word == sign:\n{block}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{name!r:>10}", "{name:>10}"),
        ("{name!r:>10}", "{name!r:<10}"),
        ("{name!r:>10}", "{name!r:>9}"),
        ("{name!r:>10}", "{name!r}"),
        ("{name!r:>10}", "{unit!r:>10}"),
        ("{size:.2f}", "{size:.1f}"),
        ("{size:.2f}", "{size:d}"),
        ("{size:.2f}", "{size:,.2f}"),
        ("{row.kind}", "{row.kind!r}"),
        ("{row.kind}", "{row.kind:02d}"),
        ("{row.kind}", "{row.kind:.2f}"),
        ("{row.kind} {at[0]}", "{at[0]} {row.kind}"),
        ("{at[0]}", "{unit}"),
        ("{at[0]}'", "{at[0]}{unit}'"),
        ("{0:>3}", "{1:>3}"),
        ("{0:>3}", "{0:<3}"),
        ("{key}", "{other}"),
        ("%s", "%r"),
        ("%5.1f", "%5.2f"),
        ("%5.1f", "%6.1f"),
        ("%(n)d", "%(n)02d"),
    ],
)
def test_a_field_of_a_formatted_text_is_changed(old: str, new: str) -> None:
    code = """
        def f(name, size, row, at, unit):
            a = f'{{not}} {name!r:>10} {size:.2f}'
            b = f'é {row.kind} {at[0]}'
            c = "{0:>3} {key}".format(size, key=name, other=row)
            return a, b, c, "%s %5.1f" % (name, size), "%(n)d" % {"n": size}
    """
    assert has("field", code, old, new)


CHOICE = """
    def f(a, b):
        for x in a:
            b.append(x)
        if a:
            b = 1
            b += 1
        elif b == 2:
            b = 2
        else:
            b = 3  # three
        if b:
            a = 4
        else:
            a = 5
        try:
            a = g(b)
        except KeyError:
            a = 6
        except ValueError:
            a = 7
        return a
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    for x in a:\n        b.append(x)\n", ""),
        ("    if b:\n        a = 4\n    else:\n        a = 5\n", ""),
        ("        a = 4\n    else:\n        a = 5\n", "        a = 5\n    else:\n        a = 4\n"),
        ("    if b:\n        a = 4\n    else:\n        a = 5\n", "    a = 4\n"),
        ("    if b:\n        a = 4\n    else:\n        a = 5\n", "    a = 5\n"),
        ("if a:\n        b = 1\n        b += 1\n    elif b == 2", "if b == 2"),
        ("    elif b == 2:\n        b = 2\n", ""),
        ("        b = 2\n    else:\n        b = 3  # three\n",
         "        b = 3  # three\n    else:\n        b = 2\n"),
        ("        b = 1\n        b += 1\n    elif b == 2:\n        b = 2\n",
         "        b = 2\n    elif b == 2:\n        b = 1\n        b += 1\n"),
        ("    except KeyError:\n        a = 6\n", ""),
    ],
)  # fmt: skip
def test_a_block_goes_with_what_it_holds_or_trades_its_arms(old: str, new: str) -> None:
    assert has("block", CHOICE, old, new)


def test_the_last_of_a_chain_of_arms_is_dropped() -> None:
    code = (
        "def f(a):\n    if a == 1:\n        a = 2\n    elif a == 3:\n        a = 4\n    return a\n"
    )
    assert has("block", code, "    elif a == 3:\n        a = 4\n", "")


def test_entries_that_a_like_display_has_are_added_together() -> None:
    code = """
        DAYS = ("mo", "tu", "we", "th", "fr")
        OPEN = [
            "mo",
            "tu",
        ]
        SIZES = {"s": 1, "m": 2, "l": 3, "xl": 4}
        PRICES = {"s": 1, "m": 2}
        STEPS = [10, 20, 30]
    """
    lines = '    "mo",\n    "tu",\n'
    more = '    "we",\n    "th",\n    "fr",\n'
    assert has("entries", code, lines, lines + more)
    assert has("entries", code, '"m": 2}', '"m": 2, "l": 3, "xl": 4}')
    assert has("entries", code, '"m": 2}', '"m": 2, "l": 3}')
    assert has("entries", code, "20, 30]", "20, 30, 40, 50]")


def test_two_entries_of_the_tests_are_added_together() -> None:
    code = 'UNITS = {"mm", "cm"}\n'
    assert has("entries", code, '"cm"', '"cm", "m", "km"', Clues(strings=("m", "km")))


def test_a_dict_gets_pairs_made_like_its_last_one() -> None:
    code = """
        class Box:
            def __init__(self, width, height, depth):
                self.width = width
                self.height = height
                self.depth = depth

            def told(self):
                return {"width": self.width}

        def box(width, height):
            return dict({"width": width}, kind="box")
    """
    new = '"width": self.width, "height": self.height, "depth": self.depth}'
    assert has("entries", code, '"width": self.width}', new)
    assert has("entries", code, '{"width": width}', '{"width": width, "height": height}')


def test_a_guard_asks_two_things() -> None:
    code = "def f(user, key):\n    return user.names[key]\n"
    line = "    return user.names[key]\n"
    for test in ("not user or not user.names", "not user.names or key not in user.names"):
        assert has("guard-of-two", code, line, f"    if {test}:\n        return None\n{line}")


def test_a_case_is_answered_by_a_statement_of_the_function() -> None:
    code = """
        def f(rows, limit=None):
            found = []
            for row in rows:
                found.append(row)
            return found
    """
    line = "        found.append(row)\n"
    cased = "        if row in found:\n            found = []\n"
    assert has("if-added", code, line, cased + line)
    loop = "    for row in rows:\n"
    assert has("if-added", code, loop, f"    if not limit:\n        limit = []\n{loop}")
    said = Clues(expected_errors=("LookupError",))
    head = f"    if not limit:\n        raise LookupError()\n{loop}"
    assert has("if-added", code, loop, head, said)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("any(xs)", "sum(xs)"),
        ("len(ys)", "any(ys)"),
        ("x.strip()", "x.lower()"),
        ("ys.append(x)", "ys.remove(x)"),
        ("x.startswith(p)", "x.find(p)"),
    ],
)
def test_another_of_pythons_own_functions_is_called(old: str, new: str) -> None:
    code = """
        def f(xs, ys, p):
            for x in xs:
                ys.append(x)
                g(x.strip(), x.startswith(p))
            return any(xs), len(ys), round(p)
    """
    assert has("builtin", code, old, new)


def test_what_stands_for_a_builtin_is_imported() -> None:
    code = "import os\ndef f(a, b):\n    return list(zip(a, b))\n"
    wanted = "import os\nfrom itertools import zip_longest\ndef f(a, b):\n"
    wanted += "    return list(zip_longest(a, b))\n"
    assert wanted in made("builtin", code)


def test_a_value_is_put_into_a_function_that_nothing_calls() -> None:
    code = """
        def quoted(text):
            return '"' + text + '"'

        def cut(text, limit):
            return text[:limit]

        class Line:
            def _escaped(self, text):
                return text

            def told(self, text, limit):
                self.last = text.strip()
                return text + "!"
    """
    assert has("applied", code, 'return text + "!"', 'return quoted(text + "!")')
    assert has("applied", code, 'return text + "!"', 'return self._escaped(text + "!")')
    assert has("applied", code, 'return text + "!"', 'return cut(text + "!", limit)')
    assert has("applied", code, "text.strip()", "self._escaped(text.strip())")


def test_a_value_is_put_into_a_function_of_the_package() -> None:
    module = Module("pack/a.py", "import os\n\ndef f(x):\n    return x\n")
    others = {"pack/b.py": "def flattened(x):\n    return [x]\n"}
    site = Site(module, module.statements[2], Clues(), Package(others.get, tuple(others)))
    texts = {apply(module.source.text, d.replacements) for d in BY_NAME["applied"].make(site)}
    wanted = "import os\nfrom pack.b import flattened\n\ndef f(x):\n    return flattened(x)\n"
    assert wanted in texts


def test_a_function_gets_the_decorator_that_it_lacks() -> None:
    code = """
        from functools import wraps

        def logged(call):
            def inner(*args):
                return call(*args)
            return inner

        class Page:
            @route("/")
            def home(self):
                return 1

            @old
            def title(self):
                return 2

            def about(self):
                return 3

        class Point:
            x: int

        def opened(path):
            yield path
    """
    assert has("decorator-added", code, "    def inner", "    @wraps(call)\n    def inner")
    assert has("decorator-added", code, "    def about", '    @route("/")\n    def about')
    assert has("decorator-added", code, "    @old\n", "    @property\n    @old\n")
    head = "from functools import wraps\n"
    (one,) = (t for t in made("decorator-added", code) if "@contextmanager\ndef opened" in t)
    assert one.startswith(f"{head}from contextlib import contextmanager\n")
    assert any("@dataclass\nclass Point" in text for text in made("decorator-added", code))


def test_a_class_gets_the_method_that_its_like_has() -> None:
    code = """
        class Circle(Shape):
            def area(self):
                return self.r ** 2 * 3

            def told(self):
                return f"area {self.area()}"

        class Square(Shape):
            def area(self):
                return self.r ** 2
    """
    told = '    def told(self):\n        return f"area {self.area()}"\n'
    lent = f"        return self.r ** 2\n\n{told}"
    assert any(text.endswith(lent) for text in made("member-added", code))
    hook = "        return self.r ** 2\n\n    def __len__(self):\n        return len(self.r)\n"
    assert any(text.endswith(hook) for text in made("member-added", code))
