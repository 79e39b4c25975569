"""A reference fix is applied exactly, or refused."""

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.tasks.unified import patched

LINES = st.lists(st.sampled_from(["a", "b", "", "  c", "ü", "-x", "+y", "@@", "d\r"]), max_size=12)


def diff_of(path: str, old: str, new: str) -> str:
    """As `diff -u` writes it, with the mark for a last line without an end."""
    lines = difflib.unified_diff(_lines(old), _lines(new), f"a/{path}", f"b/{path}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


@given(
    old=LINES, new=LINES, old_end=st.sampled_from(["", "\n"]), new_end=st.sampled_from(["", "\n"])
)
def test_a_diff_of_two_texts_makes_the_one_from_the_other(
    old: list[str], new: list[str], old_end: str, new_end: str
) -> None:
    before, after = "\n".join(old) + old_end, "\n".join(new) + new_end
    assume(before != after)

    assert patched(diff_of("m.py", before, after), {"m.py": before.encode()}.get) == {
        "m.py": after.encode()
    }


@settings(max_examples=20)
@given(old=LINES, new=LINES)
def test_git_applies_it_to_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str]
) -> None:
    before, after = "\n".join(["first", *old, ""]), "\n".join(["first", *new, ""])
    assume(before != after)
    diff = diff_of("m.py", before, after)
    folder = tmp_path_factory.mktemp("tree")
    (folder / "m.py").write_bytes(before.encode())
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=folder, check=True)

    assert patched(diff, {"m.py": before.encode()}.get)["m.py"] == (folder / "m.py").read_bytes()


def test_files_are_made_deleted_and_renamed(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=tmp_path, capture_output=True, check=True)
        return done.stdout.decode()

    old = {"gone.py": "x = 1\n", "täglich.py": "y = 2\n", "old name.py": "a\nb\nc\nd\ne\n"}
    for path, text in old.items():
        (tmp_path / path).write_text(text, "utf-8")
    git("init", "-q")
    git("add", "-A")
    before = git("write-tree").strip()
    (tmp_path / "gone.py").unlink()
    (tmp_path / "täglich.py").write_text("y = 3\n", "utf-8")
    (tmp_path / "old name.py").unlink()
    (tmp_path / "new name.py").write_text("a\nb\nc\nd\nf\n", "utf-8")
    (tmp_path / "new.py").write_text("z = 4\n", "utf-8")
    git("add", "-A")

    diff = git("diff", "-M", "--cached", before)

    assert "rename from" in diff
    assert patched(diff, {path: text.encode() for path, text in old.items()}.get) == {
        "gone.py": None,
        "täglich.py": b"y = 3\n",
        "old name.py": None,
        "new name.py": b"a\nb\nc\nd\nf\n",
        "new.py": b"z = 4\n",
    }


def test_a_hunk_that_fits_elsewhere_is_refused() -> None:
    diff = diff_of("m.py", "a\nb\n", "a\nc\n")

    with pytest.raises(PatchRefused, match=r"m\.py: the hunk at line 1 does not fit"):
        patched(diff, {"m.py": b"new first line\na\nb\n"}.get)


@pytest.mark.parametrize(
    ("diff", "why"),
    [
        ("", "changes nothing"),
        ("Here is my fix!\n", "changes nothing"),
        (diff_of("no.py", "a\n", "b\n"), "not there"),
        (diff_of("latin.py", "a\n", "b\n"), "UTF-8"),
        ("--- /dev/null\n+++ b/m.py\n@@ -0,0 +1 @@\n+b\n", "there already"),
        ("--- a/m.py\n+++ b/m.py\n@@ -1,3 +1,3 @@\n a\n", "not a unified diff"),
        ("diff --git a/m.py b/m.py\nBinary files a/m.py and b/m.py differ\n", "binary"),
    ],
)
def test_what_cannot_be_applied_says_why(diff: str, why: str) -> None:
    with pytest.raises(PatchRefused, match=why):
        patched(diff, {"m.py": b"a\n", "latin.py": b"\xe4\n"}.get)
