import subprocess
import sys
from itertools import islice
from textwrap import dedent

from fixit_runtime.agent.seams import Suspect
from fixit_runtime.tools.repair.blame import blame
from fixit_runtime.tools.repair.clues import NONE_ERROR, Clues
from fixit_runtime.tools.repair.module import Module
from fixit_runtime.tools.repair.rank import Order, Ranked, Work

STEP = '''
def step_{n}(rows, limit, start=0):
    """Row by row."""
    found = []
    for row in rows[start:limit]:
        if row.size > limit and not row.hidden:
            found.append(row.name.strip())
    return sorted(found)[: limit - 1]
'''


def order(text: str, lines: dict[int, float], clues: Clues | None = None) -> Order:
    suspects = [Suspect("m.py", line, how) for line, how in lines.items()]
    return Order({"m.py": text}.get, suspects, clues or Clues())


def told(ranked: Ranked) -> tuple[int, str, str]:
    return ranked.line, ranked.kind.name, ranked.edit.note


def test_fifty_candidates_of_a_long_file_cost_a_small_part_of_all() -> None:
    text = "".join(STEP.format(n=n) for n in range(250))
    assert text.count("\n") == 2_000
    lines = dict.fromkeys(range(1, 2_001), 0.1) | dict.fromkeys(range(405, 409), 1.0)
    search = order(text, lines)
    first = list(islice(iter(search), 50))
    assert len(first) == 50
    assert sum(401 <= ranked.line < 409 for ranked in first) >= 40
    assert search.work.files == 1
    assert search.work.statements < 200
    assert search.work.drafts < 4_000


def test_nothing_is_read_before_the_first_candidate_is_asked_for() -> None:
    read: list[str] = []

    def reader(path: str) -> str:
        read.append(path)
        return "x = 1\n"

    suspects = [Suspect("a.py", 1, 1.0), Suspect("b.py", 1, 0.001)]
    candidates = iter(Order(reader, suspects, Clues()))
    assert read == []
    next(candidates)
    assert read == ["a.py"]


def test_scores_never_rise_and_every_statement_gets_its_turn() -> None:
    text = STEP.format(n=0).lstrip()
    ranked = list(islice(iter(order(text, dict.fromkeys(range(1, 8), 1.0))), 400))
    scores = [each.score for each in ranked]
    assert scores == sorted(scores, reverse=True)
    assert {each.line for each in ranked} >= {3, 4, 5, 6, 7}
    assert len({each.kind.name for each in ranked}) > 10


def test_the_more_suspicious_statement_comes_first() -> None:
    text = "def f(a, b):\n    x = a + b\n    return x - a\n"
    assert next(iter(order(text, {2: 0.4, 3: 0.9}))).line == 3
    assert next(iter(order(text, {2: 0.9, 3: 0.4}))).line == 2


def test_the_same_input_gives_the_same_order_in_every_process() -> None:
    program = dedent("""
        from itertools import islice
        from tests.tools.repair.test_rank import STEP, order, told
        print(list(map(told, islice(iter(order(STEP.format(n=0), {5: 1.0, 6: 0.5})), 300))))
    """)
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1
    assert "comparison" in outputs.pop()


def test_a_crash_brings_the_templates_that_answer_it_to_the_front() -> None:
    text = "def title(user):\n    name = user.boss.name\n    return name.upper()\n"
    calm = {ranked.kind.name for ranked in islice(iter(order(text, {2: 1.0, 3: 1.0})), 12)}
    clues = Clues(
        errors={NONE_ERROR: frozenset({("m.py", 2)})},
        attributes=frozenset({"name"}),
        on_none=True,
    )
    crashed = list(islice(iter(order(text, {2: 1.0, 3: 1.0}, clues)), 12))
    assert "guard" not in calm
    assert "if user.boss is None: return None" in [ranked.edit.note for ranked in crashed]


def test_an_edit_is_also_made_at_every_like_place() -> None:
    text = "def f(size, count):\n    a = size + 1\n    b = size * 2\n    return a + b + size\n"
    notes = [ranked.edit.note for ranked in order(text, {2: 1.0})]
    assert "size -> count, at 3 places" in notes


def test_files_that_are_gone_or_not_python_are_left_out() -> None:
    files = {"bad.py": "def f(:\n", "good.py": "x = 1\n"}
    suspects = [Suspect(path, 1, 1.0) for path in ("bad.py", "gone.py", "good.py")]
    search = Order(files.get, suspects, Clues())
    assert {ranked.edit.path for ranked in search} == {"good.py"}
    assert search.work.files == 1


def test_no_suspects_give_no_candidates() -> None:
    search = order("x = 1\n", {})
    assert list(search) == []
    assert search.work == Work()


def test_blame_falls_on_headers_bodies_and_a_little_on_what_did_not_run() -> None:
    text = dedent("""\
        LIMIT = 3
        def f(a, b=LIMIT):
            if a:
                x = (a +
                     b)
            else:
                x = b
            return x
        def g():
            return 1
    """)
    module = Module("m.py", text)
    found = {s.lineno: round(how, 3) for s, how in blame(module, {3: 0.5, 5: 1.0})}
    assert found == {4: 1.0, 3: 0.5, 7: 0.15, 8: 0.15, 2: 0.15, 1: 0.05, 9: 0.05}
