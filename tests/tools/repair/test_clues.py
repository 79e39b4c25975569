import pytest

from fixit_runtime.agent.seams import Outcome, TestFacts, TestResult
from fixit_runtime.tools.repair.clues import NONE_ERROR, clues
from fixit_runtime.tools.repair.fallback import suspects_without_plan

TEST = '''
from shop.cart import Cart
import shop

def test_total():
    """Not a literal that helps."""
    assert Cart([3, 4.5]).total(currency="EUR") == 7.5

class TestOther:
    def test_else(self):
        assert 99 == len("other")
'''
CART = """
from shop import money

class Cart:
    def total(self, currency):
        return money.add(self, currency)

    def other(self):
        return 0
"""
FILES = {
    "tests/test_cart.py": TEST, "src/shop/__init__.py": "NAME = 1\n", "src/shop/cart.py": CART,
    "src/shop/money.py": "def add(a, b):\n    return a\n", "src/shop/mail.py": "def send(): 1\n",
}  # fmt: skip
PRODUCT = sorted(path for path in FILES if path.startswith("src/"))


def facts(text: str = "", error: str = "", frames: tuple[tuple[str, int], ...] = ()) -> TestFacts:
    nodeid = "tests/test_cart.py::test_total[a-b]"
    report = TestResult(nodeid, Outcome.FAILED, 0.1, text, error, frames)
    return TestFacts((nodeid,), (), reports=(report,))


def test_literals_and_names_come_from_the_failing_test_only() -> None:
    found = clues(facts(), FILES.get, PRODUCT.__contains__)
    assert set(found.numbers) == {3, 4.5, 7.5}
    assert found.strings == ("EUR",)
    assert {"Cart", "total", "currency"} <= found.mentioned
    assert "other" not in found.mentioned


def test_messages_of_exceptions_are_read() -> None:
    text = """
E   NameError: name 'mony' is not defined
E   AttributeError: 'Cart' object has no attribute 'totl'
E   TypeError: total() got an unexpected keyword argument 'curency'
E   TypeError: add() missing 2 required positional arguments: 'rate' and 'when'
E   Failed: DID NOT RAISE <class 'ValueError'>
"""
    found = clues(facts(text, "NameError"), FILES.get, PRODUCT.__contains__)
    assert found.undefined == {"mony"}
    assert found.attributes == {"totl"}
    assert not found.on_none
    assert found.keywords == {"curency"}
    assert found.missing == {"rate", "when"}
    assert found.expected_errors == ("ValueError",)


def test_unequal_values_of_assertions_are_pairs() -> None:
    text = """
E   AssertionError: assert 'Helo' == 'Hello'
E     - Hello
E     ?    -
E     + Helo
E   assert 7 == 8
E   AssertionError: 2.5 != 3
E   assert f(x) == 4
"""
    found = clues(facts(text), FILES.get, PRODUCT.__contains__)
    assert set(found.pairs) == {("Helo", "Hello"), ("Hello", "Helo"), (7, 8), (2.5, 3)}


def test_a_crash_is_placed_only_where_product_code_raised_it() -> None:
    inside = (("tests/test_cart.py", 6), ("src/shop/cart.py", 6))
    found = clues(facts("", "KeyError", inside), FILES.get, PRODUCT.__contains__)
    assert found.raised_at("src/shop/cart.py", range(5, 7)) == {"KeyError"}
    outside = clues(facts("", "KeyError", inside[:1]), FILES.get, PRODUCT.__contains__)
    assert outside.errors == {"KeyError": frozenset()}


def test_an_exception_about_none_is_told_apart() -> None:
    text = "E   AttributeError: 'NoneType' object has no attribute 'name'"
    found = clues(facts(text, "AttributeError"), FILES.get, PRODUCT.__contains__)
    assert set(found.errors) == {NONE_ERROR}
    assert found.on_none


def test_a_test_that_cannot_be_read_gives_no_clues() -> None:
    nothing: dict[str, str] = {}
    found = clues(facts(), nothing.get, PRODUCT.__contains__)
    assert not found.numbers and not found.strings
    broken = {"tests/test_cart.py": "def ("}
    assert clues(facts(), broken.get, PRODUCT.__contains__).mentioned == frozenset()


def test_without_a_plan_tracebacks_lead_then_what_the_test_names_and_imports() -> None:
    frames = (("tests/test_cart.py", 6), ("src/shop/cart.py", 6), ("src/shop/money.py", 2))
    said = clues(facts("", "KeyError", frames), FILES.get, PRODUCT.__contains__)
    found = suspects_without_plan(facts("", "KeyError", frames), FILES.get, PRODUCT, said.mentioned)
    by_place = {(s.path, s.line): s.suspiciousness for s in found}
    assert (found[0].path, found[0].line) == ("src/shop/money.py", 2)
    assert by_place["src/shop/cart.py", 6] == 0.45
    assert by_place["src/shop/cart.py", 9] < 0.45
    assert not any(path == "src/shop/mail.py" for path, _ in by_place)


def test_frames_are_read_from_the_text_of_other_runners() -> None:
    text = 'Traceback:\n  File "/home/me/repo/src/shop/cart.py", line 9, in other\nValueError'
    found = suspects_without_plan(facts(text), FILES.get, PRODUCT, ())
    assert (found[0].path, found[0].line) == ("src/shop/cart.py", 9)


def test_nothing_leads_anywhere_without_product_files() -> None:
    assert suspects_without_plan(facts(), FILES.get, [], ()) == ()


@pytest.mark.parametrize(
    ("said", "symptom"),
    [
        ("assert 3 == 4", "one too few"),
        ("assert [2, 1] == [1, 2]", "other order"),
        ("assert [1] == [1, 2]", "too short"),
        ("assert 'Ab' == 'ab'", "other case"),
        ("assert None == 4", "None for number"),
        ("assert not True", "other truth"),
    ],
)
def test_how_the_values_of_an_assertion_differ_is_named(said: str, symptom: str) -> None:
    report = TestResult("test_m.py::t", Outcome.FAILED, text=f"E   AssertionError: {said}")
    facts = TestFacts(("test_m.py::t",), ("test_m.py::u",), reports=(report,))
    assert symptom in clues(facts, {}.get, lambda path: True).symptoms


def test_what_the_tests_pass_tells_what_sorts_of_values_a_function_gets() -> None:
    test = "def test_t():\n    assert f([1], 'a') == g(x, 2)\n"
    facts = TestFacts(("test_m.py::test_t",), ())
    passed = clues(facts, {"test_m.py": test}.get, lambda path: True).passed
    assert passed == {"f": ("list", "text"), "g": ("", "number")}
