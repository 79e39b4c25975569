"""Search/replace blocks from models: applied where they are clear, explained where they are not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.tools.edit import (
    AppliedEdits,
    Edit,
    EditProblem,
    apply_edit,
    apply_reply,
    explain,
    parse,
    render,
    syntax_error,
)

CART = """\
def total(items):
    result = 0
    for item in items:
        result += item.price
    return result


def count(items):
    return len(items) - 1
"""
FILES = {"shop/cart.py": CART, "with space/größe.py": "x = 1\n", "empty/__init__.py": ""}


def applied(reply, files=FILES):
    result = apply_reply(reply, files.get)
    assert isinstance(result, AppliedEdits), explain(result)
    return dict(result.files)


def problems(reply, files=FILES):
    result = apply_reply(reply, files.get)
    assert not isinstance(result, AppliedEdits)
    return result


BLOCK = render("shop/cart.py", "    return len(items) - 1", "    return len(items)")
FIXED = {"shop/cart.py": CART.replace("len(items) - 1", "len(items)")}


@pytest.mark.parametrize(
    "reply",
    [
        BLOCK,
        f"The count is one short.\n\n{BLOCK}\nThat is all.",
        f"```python\n{BLOCK}```\n",
        "shop/cart.py\n```python\n" + BLOCK.split("\n", 1)[1] + "```\n",
        "```python shop/cart.py\n" + BLOCK.split("\n", 1)[1] + "```\n",
        "### `shop/cart.py`\n\n" + BLOCK.split("\n", 1)[1],
        "**File: shop/cart.py**\n" + BLOCK.split("\n", 1)[1],
        "I change `shop/cart.py`:\n" + BLOCK.split("\n", 1)[1],
        "Now edit shop/cart.py:\n" + BLOCK.split("\n", 1)[1],
        "./" + BLOCK,
        BLOCK.replace("\n", "\r\n"),
        BLOCK.replace("<<<<<<< SEARCH", "<<<<<< SEARCH").replace(
            ">>>>>>> REPLACE", ">>>>>> REPLACE"
        ),
    ],
)
def test_the_path_and_the_block_are_found_however_they_are_dressed(reply):
    assert applied(reply) == FIXED


def test_several_blocks_and_files_apply_together():
    reply = (
        BLOCK
        + "\n<<<<<<< SEARCH\n    result = 0\n=======\n    result = 0.0\n>>>>>>> REPLACE\n\n"
        + render("with space/größe.py", "x = 1", "x = 2")
    )
    assert applied(reply) == {
        "shop/cart.py": FIXED["shop/cart.py"].replace("result = 0\n", "result = 0.0\n"),
        "with space/größe.py": "x = 2\n",
    }


def test_an_empty_search_makes_a_new_file_or_fills_an_empty_one():
    assert applied(render("shop/new.py", "", "y = 1")) == {"shop/new.py": "y = 1\n"}
    assert applied(render("empty/__init__.py", "", "y = 1")) == {"empty/__init__.py": "y = 1\n"}
    (problem,) = problems(render("shop/cart.py", "", "y = 1"))
    assert "exists" in problem.message


def test_a_sentence_before_a_new_file_is_not_taken_for_its_path():
    (problem,) = problems(render("I create shop/new.py", "", "y = 1"))
    assert "alone on a line" in problem.message


def test_lines_can_be_taken_out():
    assert applied(render("shop/cart.py", "    result = 0\n", ""))["shop/cart.py"] == CART.replace(
        "    result = 0\n", ""
    )


def test_trailing_spaces_do_not_matter_and_unchanged_lines_keep_theirs():
    files = {"a.py": "x = 1   \ny = 2\t\nz = 3\n"}
    reply = render("a.py", "x = 1\ny = 2  \nz = 3", "x = 1\ny = 5\nz = 3")
    assert applied(reply, files) == {"a.py": "x = 1   \ny = 5\nz = 3\n"}


@pytest.mark.parametrize("shift", ["", "  ", "\t"])
def test_a_wrong_common_indentation_is_put_right(shift):
    search = f"{shift}result = 0\n{shift}for item in items:\n{shift}    result += item.price\n"
    replace = search + f"{shift}    print(item)\n{shift}print(result)\n"
    new = applied(render("shop/cart.py", search, replace))["shop/cart.py"]
    assert "        result += item.price\n        print(item)\n    print(result)\n" in new


def test_too_deep_an_indentation_is_put_right():
    new = applied(render("shop/cart.py", "        def count(items):", "        def amount(items):"))
    assert "\ndef amount(items):\n" in new["shop/cart.py"]


def test_lines_that_differ_in_more_than_one_indentation_do_not_match():
    (problem,) = problems(render("shop/cart.py", "for item in items:\nresult += item.price", "x"))
    assert "do not occur" in problem.message


def test_what_occurs_twice_is_not_guessed():
    files = {"a.py": "x = 1\ny = 2\nx = 1\n"}
    (problem,) = problems(render("a.py", "x = 1", "x = 3"), files)
    assert "2 times (at lines 1, 3)" in problem.message
    (problem,) = problems(render("a.py", "  x = 1  ", "x = 3"), files)
    assert "2 times" in problem.message


def test_what_occurs_nowhere_is_told_with_the_nearest_lines():
    reply = render("shop/cart.py", "def count(items):\n    return len(items) - 2", "pass")
    (problem,) = problems(reply)
    assert "return len(items) - 1" in problem.shown
    assert "return len(items) - 1" in explain([problem])
    (problem,) = problems(render("shop/cart.py", "    retrun len(itmes) - 1", "pass"))
    assert "return len(items) - 1" in problem.shown
    (problem,) = problems(render("shop/cart.py", "zzz", "pass"))
    assert problem.shown == ""


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("I would change the count.", "no <<<<<<< SEARCH"),
        ("", "no <<<<<<< SEARCH"),
        (BLOCK.removesuffix(">>>>>>> REPLACE\n"), "not closed"),
        (BLOCK.replace("=======\n", ""), "no ======= line"),
        (BLOCK.replace("=======\n", "=======\n=======\n"), "more than one ======="),
        (BLOCK.removeprefix("shop/cart.py\n"), "path is missing"),
        (BLOCK.replace("cart", "card"), "no such file"),
        (render("shop/cart.py", "    result = 0", "    result = 0"), "change nothing"),
        (render("shop/cart.py", "    result = 0", "    result = ("), "not valid Python: line 2"),
        (render("shop/cart.py", "    return result", "return result"), "line 5: 'return' outside"),
        (render("shop/cart.py", "    result = 0", "    result = '\ud800'"), "cannot be written"),
    ],
)
def test_a_reply_that_cannot_be_used_is_told_why(reply, message):
    (problem,) = problems(reply)
    assert message in problem.message


def test_one_bad_block_holds_back_the_good_ones():
    both = problems(BLOCK + render("shop/cart.py", "zzz", "y") + render("gone.py", "a", "b"))
    assert [problem.path for problem in both] == ["shop/cart.py", "gone.py"]


def test_a_file_that_may_not_be_read_is_a_problem_like_any_other():
    def read(path):
        raise PatchRefused(f"{path} cannot be edited: a symbolic link stands there")

    (problem,) = apply_reply(BLOCK, read)
    assert "symbolic link" in problem.message


def test_windows_line_ends_a_byte_order_mark_and_a_missing_last_end_stay():
    files = {"a.py": "\ufeffx = 1\r\ny = 2\r\nz = 3"}
    assert applied(render("a.py", "x = 1", "x = 4\nw = 0"), files) == {
        "a.py": "\ufeffx = 4\r\nw = 0\r\ny = 2\r\nz = 3"
    }
    assert applied(render("a.py", "z = 3", "z = 5\nv = 6"), files) == {
        "a.py": "\ufeffx = 1\r\ny = 2\r\nz = 5\r\nv = 6"
    }


def test_a_letter_outside_the_files_encoding_is_a_problem():
    files = {"a.py": "# coding: latin-1\nx = 'ö'\n"}
    (problem,) = problems(render("a.py", "x = 'ö'", "x = '€'"), files)
    assert "latin-1" in problem.message


def test_a_file_for_another_python_is_not_held_to_this_one():
    files = {"old.py": "print 'hello'\n"}
    assert applied(render("old.py", "print 'hello'", "print 'bye'"), files)


def test_a_warning_of_the_edited_code_is_not_an_error():
    assert syntax_error("x = '\\d'\nassert (x, 1)\n") == ""


def test_other_files_are_not_checked_as_python():
    assert applied(render("a.txt", "x", "(("), {"a.txt": "x\n"}) == {"a.txt": "((\n"}


words = st.text(alphabet="ab() =\tö\x0c", max_size=6)
ends = st.sampled_from(["\n", "\r\n"])


@given(st.lists(words), st.lists(words), st.lists(st.sampled_from(["a.py", "b c/d.txt", "é.rs"])))
def test_what_is_rendered_is_parsed_back(search, replace, paths):
    blocks = [Edit(path, tuple(search), tuple(replace)) for path in paths]
    reply = "".join(
        render(e.path, "".join(f"{x}\n" for x in search), "".join(f"{x}\n" for x in replace))
        for e in blocks
    )
    parsed = list(parse(reply))
    assert parsed == blocks if paths else isinstance(parsed[0], EditProblem)


@given(st.data(), st.lists(st.tuples(words, ends), min_size=1), st.lists(words), st.booleans())
def test_an_edit_changes_its_lines_and_no_byte_elsewhere(data, lines, new, last_end):
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first + 1, len(lines)))
    if not last_end:
        assume(lines[-1][0])
        lines[-1] = (lines[-1][0], "")
    contents = [content for content, _ in lines]
    search = contents[first:last]
    spots = [at for at in range(len(lines)) if contents[at : at + len(search)] == search]
    assume(spots == [first] and any(line.strip() for line in search))
    text = "".join(content + end for content, end in lines)
    assume(text.strip())
    result = apply_edit(Edit("a.txt", tuple(search), tuple(new)), text)
    head = "".join(content + end for content, end in lines[:first])
    tail = "".join(content + end for content, end in lines[last:])
    assert isinstance(result, str)
    assert result.startswith(head)
    assert result.endswith(tail)
    body = result[len(head) : len(result) - len(tail)]
    ended = "".join(f"{line}\n" for line in new)
    open_end = not last_end and last == len(lines)
    assert body.replace("\r\n", "\n") == ("\n".join(new) if open_end else ended)


@given(st.text(alphabet="<>=SEARCHREPLACE \nab./`", max_size=200))
def test_any_reply_gets_an_answer(reply):
    result = apply_reply(reply, FILES.get)
    assert isinstance(result, AppliedEdits) or result
