"""Suspicion falls on statements that failing tests run and passing tests do not."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.seams import Outcome, SuiteRun, Suspect, TestFacts, TestResult
from fixit_runtime.tools.baseline import observe
from fixit_runtime.tools.localise import Formula, dstar, localise, ochiai
from fixit_runtime.tools.probe_report import IMPORT
from fixit_runtime.tools.spectrum import statements_of


def run_of(
    coverage: dict[str, dict[str, set[int]]],
    results: list[TestResult],
    errors: tuple[tuple[str, str], ...] = (),
) -> SuiteRun:
    frozen = {
        nodeid: {path: frozenset(lines) for path, lines in files.items()}
        for nodeid, files in coverage.items()
    }
    return SuiteRun(tuple(results), 1, True, 1.0, 1.0, coverage=frozen, errors=errors)


def suspects_of(
    failing: dict[str, dict[str, set[int]]],
    passing: dict[str, dict[str, set[int]]],
    *,
    imports: dict[str, set[int]] | None = None,
    frames: tuple[tuple[str, int], ...] = (),
    source: str | None = None,
) -> tuple[Suspect, ...]:
    results = [TestResult(n, Outcome.FAILED, frames=frames) for n in failing]
    results += [TestResult(n, Outcome.PASSED) for n in passing]
    facts = TestFacts(tuple(failing), tuple(passing), reports=tuple(results[: len(failing)]))
    coverage = {**failing, **passing, IMPORT: imports or {}}
    return localise(facts, run_of(coverage, results), lambda _: source)


def scores(suspects: tuple[Suspect, ...]) -> dict[tuple[str, int], float]:
    return {(s.path, s.line): s.suspiciousness for s in suspects}


def test_the_figures_are_dstars():
    found = scores(
        suspects_of(
            {"f1": {"a.py": {1, 2, 3}}, "f2": {"a.py": {1, 2}}},
            {"p1": {"a.py": {1, 3}}, "p2": {"a.py": {1, 4}}},
        )
    )
    assert found == {
        ("a.py", 1): 4 / (4 + 2),
        ("a.py", 2): 1.0,
        ("a.py", 3): 1 / (1 + 1 + 1),
    }


def test_test_files_and_other_files_are_never_suspected():
    lines = {"tests/test_a.py": {1}, "conftest.py": {1}, "page.html": {1}, "a.py": {1}}
    found = suspects_of({"f": lines}, {}, frames=(("tests/test_a.py", 1), ("a.py", 1)))
    assert [s.path for s in found] == ["a.py"]


def test_the_frames_of_a_traceback_are_raised_the_innermost_most():
    found = suspects_of(
        {"f": {"a.py": {1, 2, 3}}},
        {"p": {"a.py": {1, 2, 3}}},
        frames=(("tests/test_a.py", 5), ("a.py", 1), ("b.py", 7), ("tests/helper.py", 2)),
    )
    plain = 1 / 2
    assert scores(found) == {
        ("a.py", 2): plain,
        ("a.py", 3): plain,
        ("a.py", 1): plain + (1 - plain) / 4,
        ("b.py", 7): 0.5,
    }
    assert [(s.path, s.line) for s in found][:3] == [("a.py", 1), ("b.py", 7), ("a.py", 2)]


def test_without_coverage_the_tracebacks_of_the_first_runs_still_count():
    report = TestResult("f", Outcome.FAILED, frames=(("a.py", 3), ("a.py", 9)))
    facts = TestFacts(("f",), (), reports=(report,))
    found = localise(facts, run_of({}, []), lambda _: None)
    assert [(s.line, s.suspiciousness) for s in found] == [(9, 0.5), (3, 0.25)]


def test_a_definition_whose_parameters_did_not_fit_a_call_is_suspected_though_it_never_ran():
    text = "TypeError: Spec.of_lines() got an unexpected keyword argument 'sep'"
    report = TestResult("f", Outcome.FAILED, text=text, frames=(("tests/test_a.py", 3),))
    files = {
        "a.py": "class Spec:\n    @cache\n    def of_lines(cls, lines):\n        return cls()\n",
    }
    coverage = {"f": {"tests/test_a.py": {3}}, IMPORT: {"a.py": {1}}}
    found = localise(
        TestFacts(("f",), (), reports=(report,)), run_of(coverage, [report]), files.get
    )
    assert scores(found)["a.py", 3] == 0.5


@pytest.mark.parametrize(("named", "lines"), [("Box.__init__", {2}), ("__init__", set())])
def test_of_the_hooks_that_every_class_has_only_the_named_ones_is_suspected(
    named: str, lines: set[int]
):
    source = "class Box:\n    def __init__(self, n): self.n = n\n"
    source += "class Bag:\n    def __init__(self, m): self.m = m\n"
    source += "KEY = lambda box: box.n if box else 0\n"
    text = f"TypeError: {named}() missing 1 required positional argument: 'n'"
    report = TestResult("f", Outcome.FAILED, text=text, frames=(("tests/test_a.py", 3),))
    coverage = {"f": {"tests/test_a.py": {3}}, IMPORT: {"a.py": {1, 3}}}
    found = localise(
        TestFacts(("f",), (), reports=(report,)),
        run_of(coverage, [report]),
        {"a.py": source}.get,
    )
    assert {s.line for s in found if s.suspiciousness == 0.5} == lines


@pytest.mark.parametrize(
    "text",
    [
        "TypeError: unsupported operand type(s) for +: 'method' and 'int'",
        "AssertionError: assert <bound method Box.used of <a.Box object at 0x7f>> == 3",
    ],
)
def test_a_method_that_was_taken_for_its_result_is_suspected(text: str):
    source = "class Box:\n    def used(self):\n        return 1\n    def full(self):\n"
    source += "        return self.used + 1 > 2\n"
    report = TestResult("f", Outcome.FAILED, text=text, frames=(("a.py", 5),))
    found = localise(
        TestFacts(("f",), (), reports=(report,)),
        run_of({"f": {"a.py": {5}}}, [report]),
        {"a.py": source}.get,
    )
    assert scores(found)["a.py", 2] == 0.5


SOURCE = dedent("""\
    '''What this is.'''
    RATE = [
        1,
        2,
    ]

    @cache
    def f(
        n,
    ):
        '''Says what.'''
        if (
            n
        ):
            return max(
                n,
                RATE,
            )
        try:
            g(n)
        except ValueError:
            pass

    class Plain:
        def g(self): return 1
""")


def test_a_statement_stands_at_its_first_line_and_what_does_nothing_is_left_out():
    ran = {1, 2, 3, 4, 7, 8, 11, 12, 13, 15, 16, 17, 19, 20, 21, 22, 24, 25}
    found = suspects_of({"f": {"a.py": ran}}, {}, source=SOURCE)
    assert sorted(s.line for s in found) == [2, 8, 12, 15, 20, 21, 25]


@given(st.text())
def test_any_text_has_statements_or_none(text: str):
    known = statements_of(text)
    assert all(head >= 1 for head in known.head.values())


def test_module_level_statements_count_for_the_tests_that_used_their_file():
    found = scores(
        suspects_of(
            {"f": {"a.py": {10}}},
            {"p": {"b.py": {10}}},
            imports={"a.py": {1}, "b.py": {1}, "constants.py": {1}},
        )
    )
    assert found == {
        ("a.py", 10): 1.0,
        ("a.py", 1): 1.0,
        ("constants.py", 1): 1 / 2,
    }


def test_a_module_that_could_not_be_collected_ran_what_was_imported():
    error = TestResult("t/test_a.py", Outcome.ERROR, frames=(("t/test_a.py", 1), ("a.py", 3)))
    facts = TestFacts(("t/test_a.py",), ("p",), reports=(error,))
    coverage = {"p": {"b.py": {5}}, IMPORT: {"a.py": {1, 3}, "b.py": {1}}}
    results = [error, TestResult("p", Outcome.PASSED)]
    run = run_of(coverage, results, errors=(("t/test_a.py", "boom"),))
    found = localise(facts, run, lambda _: None)
    assert (found[0].path, found[0].line) == ("a.py", 3)
    assert {(s.path, s.line) for s in found} == {("a.py", 1), ("a.py", 3), ("b.py", 1)}


def test_flaky_tests_say_nothing():
    results = [TestResult("f", Outcome.FAILED), TestResult("w", Outcome.PASSED)]
    facts = TestFacts(("f",), (), flaky=("w",))
    run = run_of({"f": {"a.py": {1}}, "w": {"a.py": {1}}}, results)
    assert [s.suspiciousness for s in localise(facts, run, lambda _: None)] == [1.0]


COVERAGE = st.dictionaries(
    st.sampled_from(["a.py", "b.py"]), st.sets(st.integers(1, 6), max_size=6), max_size=2
)
TESTS = st.lists(COVERAGE, min_size=1, max_size=5)


@given(TESTS, TESTS)
def test_lines_that_only_failing_tests_ran_rank_before_others_that_as_many_of_them_ran(
    failing: list[dict[str, set[int]]], passing: list[dict[str, set[int]]]
):
    found = scores(
        suspects_of(
            {f"f{i}": files for i, files in enumerate(failing)},
            {f"p{i}": files for i, files in enumerate(passing)},
        )
    )

    def count(tests: list[dict[str, set[int]]], place: tuple[str, int]) -> int:
        return sum(place[1] in files.get(place[0], ()) for files in tests)

    assert all(0 < score <= 1 for score in found.values())
    assert set(found) == {(p, n) for files in failing for p, lines in files.items() for n in lines}
    for place, score in found.items():
        if count(passing, place) == 0:
            equals = [o for o in found if count(failing, o) == count(failing, place)]
            assert score >= max(found[other] for other in equals)


@pytest.mark.parametrize("formula", [dstar, ochiai])
@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50))
def test_a_formula_stays_between_nothing_and_certainty_and_falls_with_every_passing_test(
    formula: Formula, failed: int, passed: int, more: int
):
    value = formula(failed, passed, failed + more - 1 or 1)
    assert 0 <= value <= 1
    assert formula(failed, passed + 1, failed + more) <= formula(failed, passed, failed + more)


def test_the_order_is_by_strength_then_nearness_to_a_traceback_then_place():
    found = suspects_of(
        {"f": {"a.py": {1, 4, 6, 9}, "b.py": {2}}},
        {},
        frames=(("c.py", 1), ("a.py", 5)),
    )
    assert [(s.path, s.line) for s in found] == [
        ("a.py", 4), ("a.py", 6), ("a.py", 1), ("a.py", 9), ("b.py", 2), ("a.py", 5), ("c.py", 1),
    ]  # fmt: skip


def test_in_a_real_run_the_fault_is_among_the_first(repository, bare_pytest):
    sandbox = repository(
        {
            "shop/__init__.py": "",
            "shop/rates.py": "VAT = 0.2\n",
            "shop/bill.py": """\
                from shop.rates import VAT

                def net(items):
                    total = 0
                    for item in items:
                        total += item
                    return total

                def discount(total):
                    if total > 100:
                        return total * 0.8
                    return total

                def gross(items):
                    return discount(net(items)) * (1 + VAT)
            """,
            "tests/test_bill.py": """\
                import pytest
                from shop.bill import discount, gross, net

                def test_net(): assert net([1, 2]) == 3
                def test_gross(): assert gross([10]) == pytest.approx(12)
                def test_small(): assert discount(50) == 50
                def test_large(): assert discount(200) == 180
            """,
        }
    )
    facts = observe(bare_pytest, sandbox, reruns=1)
    run = bare_pytest.run(sandbox, coverage=True)

    def read(path: str) -> str | None:
        data = sandbox.get(path)
        return None if data is None else data.decode()

    found = localise(facts, run, read)
    assert (found[0].path, found[0].line, found[0].suspiciousness) == ("shop/bill.py", 11, 1.0)
    assert ("shop/rates.py", 1) in scores(found)


def test_a_condition_is_raised_towards_the_branch_that_only_failing_tests_take():
    source = """\
def f(x):
    if x > 3:
        x = 3
    y = x
    return y
"""
    found = scores(
        suspects_of(
            {"f": {"a.py": {2, 3, 4, 5}}},
            {"p1": {"a.py": {2, 4, 5}}, "p2": {"a.py": {2, 4, 5}}},
            source=source,
        )
    )
    assert found["a.py", 3] == 1.0
    assert found["a.py", 3] > found["a.py", 2] > found["a.py", 5]


def test_a_condition_is_raised_where_only_failing_tests_pass_its_branch_by():
    source = """\
def f(x):
    y = 0
    if x > 3:
        y = 1
    return y
"""
    found = scores(
        suspects_of(
            {"f": {"a.py": {2, 3, 5}}},
            {"p1": {"a.py": {2, 3, 4, 5}}, "p2": {"a.py": {2, 3, 4, 5}}},
            source=source,
        )
    )
    assert found["a.py", 3] == max(found.values())
    assert found["a.py", 3] > found["a.py", 5]


def test_a_branch_that_begins_with_a_try_counts_as_taken():
    source = """\
def f(x):
    if x:
        try:
            x = int(x)
        except ValueError:
            pass
    return x
"""
    skipped = {"a.py": {2, 7}}
    found = scores(
        suspects_of({"f": {"a.py": {2, 3, 4, 7}}}, {"p": skipped, "q": skipped}, source=source)
    )
    assert found["a.py", 4] > found["a.py", 2] > found["a.py", 7]


def test_an_assignment_is_raised_towards_the_statement_that_reads_it():
    source = """\
def f(x, deep):
    size = len(x)
    other = 1
    if deep:
        return size + 1
    return other
"""
    found = scores(
        suspects_of({"f": {"a.py": {2, 3, 4, 5}}}, {"p": {"a.py": {2, 3, 4, 6}}}, source=source)
    )
    assert found["a.py", 5] > found["a.py", 2] > found["a.py", 3]


def failed_at(line: int, text: str) -> TestResult:
    return TestResult("test_a.py::t", Outcome.FAILED, text=text, frames=(("test_a.py", line),))


def test_what_the_failing_assertion_hangs_on_is_raised():
    files = {
        "a.py": "def make():\n    return 7\n\ndef part(x):\n    return x\n",
        "test_a.py": "def t():\n    make()\n    b = part(1)\n    c = b\n    assert c == 2\n",
    }
    report = failed_at(5, "E       assert 1 == 2")
    facts = TestFacts(("test_a.py::t",), ("p",), reports=(report,))
    ran = {"a.py": {2, 5}}
    run = run_of(
        {"test_a.py::t": ran, "p": ran, IMPORT: {}}, [report, TestResult("p", Outcome.PASSED)]
    )
    found = scores(localise(facts, run, files.get))
    assert found["a.py", 5] > found["a.py", 2]


def test_a_statement_that_holds_what_came_out_and_was_not_wanted_is_raised():
    source = "def f(x):\n    unit = 'metre'\n    word = 'mile'\n    return x\n"
    report = failed_at(1, "E       AssertionError: assert '3 metre' == '3 mile'")
    facts = TestFacts(("test_a.py::t",), ("p",), reports=(report,))
    ran = {"a.py": {2, 3, 4}}
    run = run_of(
        {"test_a.py::t": ran, "p": ran, IMPORT: {}}, [report, TestResult("p", Outcome.PASSED)]
    )
    found = scores(localise(facts, run, {"a.py": source}.get))
    assert found["a.py", 2] > found["a.py", 3] == found["a.py", 4]
