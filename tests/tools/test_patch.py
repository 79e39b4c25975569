"""Diffs that git accepts, and patches that reach the user's tree whole or not at all."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from fixit_runtime.agent.errors import DirtyTree, UsageError
from fixit_runtime.tools.patch import (
    Hunk,
    apply_to_tree,
    changed_line_count,
    diff_bytes,
    hunks,
    make_diff,
)
from fixit_runtime.tools.source import from_bytes, to_bytes


def write(root, texts):
    for path, text in texts.items():
        if text is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(to_bytes(text))


def read(root, paths):
    files = {path: root / path for path in paths}
    return {p: from_bytes(f.read_bytes()) if f.exists() else None for p, f in files.items()}


def git_apply(root, patch):
    return subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=root,
        input=patch,
        capture_output=True,
        env={
            **os.environ,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CEILING_DIRECTORIES": str(root.parent),
        },
    )


CHANGES = {
    "an edit": ({"a.py": "x = 1\ny = 2\n"}, {"a.py": "x = 1\ny = 3\n"}),
    "a new file": ({"a.py": None}, {"a.py": "x = 1\n"}),
    "a new file in a new folder": ({"p/q/a.py": None}, {"p/q/a.py": "x = 1\ny = 2\n"}),
    "a deleted file": ({"a.py": "x = 1\n"}, {"a.py": None}),
    "no end before": ({"a.py": "x = 1"}, {"a.py": "x = 1\n"}),
    "no end after": ({"a.py": "x = 1\n"}, {"a.py": "x = 2"}),
    "no end at all": ({"a.py": "x = 1\ny"}, {"a.py": "x = 2\ny"}),
    "emptied": ({"a.py": "x = 1\n"}, {"a.py": ""}),
    "filled": ({"a.py": ""}, {"a.py": "x = 1\n"}),
    "a new empty file": ({"a.py": None}, {"a.py": ""}),
    "a deleted empty file": ({"a.py": ""}, {"a.py": None}),
    "windows line ends": ({"a.py": "x\r\ny\r\nz"}, {"a.py": "x\r\nw\r\nz"}),
    "a lone carriage return": ({"a.py": "x\ry\n"}, {"a.py": "x\rz\n"}),
    "other separators": ({"a.py": "x\x0cy\u2028z\n1\n"}, {"a.py": "x\x0cy\u2028w\n1\n"}),
    "a path with spaces": ({"my shop/a b.py": "x\n"}, {"my shop/a b.py": "y\n"}),
    "a path beyond ASCII": ({"größe/日本.py": "ö\n"}, {"größe/日本.py": "ü\n"}),
    "a path with quotes": ({'a"b\\c.py': "x\n"}, {'a"b\\c.py': "y\n"}),
    "a path with a control character": ({"a\tb\x01.py": "x\n"}, {"a\tb\x01.py": "y\n"}),
    "a byte-order mark": ({"a.py": "\ufeffx\n"}, {"a.py": "\ufeffy\n"}),
    "another encoding": (
        {"a.py": "# coding: latin-1\nx = 'ö'\n"},
        {"a.py": "# coding: latin-1\nx = 'öä'\n"},
    ),
    "several files": (
        {"a.py": "x\n", "b.py": None, "c.py": "z\n"},
        {"a.py": "y\n", "b.py": "n\n", "c.py": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_git_applies_the_diff(tmp_path, change):
    originals, files = CHANGES[change]
    write(tmp_path, originals)
    done = git_apply(tmp_path, diff_bytes(originals, files))
    assert done.returncode == 0, done.stderr
    assert read(tmp_path, files) == files


@pytest.mark.parametrize("change", set(CHANGES) - {"another encoding"})
def test_the_diff_as_text_is_the_same_patch(change):
    originals, files = CHANGES[change]
    assert make_diff(originals, files).encode() == diff_bytes(originals, files)


def test_the_diff_of_another_encoding_reads_well():
    assert "+x = 'öä'" in make_diff(*CHANGES["another encoding"])


lines = st.lists(st.sampled_from(["a", "b", "c", "", "\r", "x\x0c", "ö"]), max_size=25)
texts = st.tuples(lines, st.booleans()).map(lambda t: "\n".join(t[0]) + ("\n" if t[1] else ""))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=texts, new=texts)
@example(old="a\n" * 9, new="a\n" * 8)
def test_git_applies_any_change(tmp_path, old, new):
    assume(old != new)
    write(tmp_path, {"a.txt": old})
    done = git_apply(tmp_path, diff_bytes({"a.txt": old}, {"a.txt": new}))
    assert done.returncode == 0, done.stderr
    assert read(tmp_path, ["a.txt"]) == {"a.txt": new}


def test_the_diff_looks_like_gits(tmp_path):
    old = "".join(f"line {n}\n" for n in range(30))
    new = old.replace("line 3\n", "line three\n").replace("line 20\n", "")
    write(tmp_path, {"a.txt": old, "b.txt": new})
    shown = subprocess.run(
        ["git", "diff", "--no-index", "a.txt", "b.txt"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    ).stdout
    ours = make_diff({"a.txt": old}, {"a.txt": new})
    theirs = [line.partition(" @@")[0] for line in shown.splitlines()[4:]]
    assert [line.partition(" @@")[0] for line in ours.splitlines()[3:]] == theirs


def test_what_does_not_change_is_not_in_the_diff():
    assert make_diff({"a.py": "x\n"}, {"a.py": "x\n"}) == ""
    assert make_diff({}, {"a.py": None}) == ""


def test_long_files_with_many_equal_lines_are_compared_by_what_changed():
    old = "".join(f"def f{n}():\n\n    pass\n\n" for n in range(5_000))
    new = old.replace("f2():\n", "g():\n").replace("f4990():\n", "h():\n    x()\n")
    assert changed_line_count(make_diff({"a.py": old}, {"a.py": new})) == 5


def test_hunks_and_changed_lines_are_counted():
    old = "".join(f"{n}\n" for n in range(40))
    diff = make_diff(
        {"ö a.py": old}, {"ö a.py": old.replace("\n5\n", "\n\n").replace("\n30\n", "\n")}
    )
    assert changed_line_count(diff) == 3
    assert hunks(diff) == (Hunk("ö a.py", 3, 7, 3, 7), Hunk("ö a.py", 28, 7, 28, 6))
    assert changed_line_count("") == 0


@pytest.mark.parametrize("change", CHANGES)
def test_a_patch_is_applied_to_the_tree(tmp_path, change):
    originals, files = CHANGES[change]
    write(tmp_path, originals)
    apply_to_tree(tmp_path, files, originals)
    assert read(tmp_path, files) == files
    assert not list(tmp_path.rglob(".fixit-*"))


def test_permissions_are_kept(tmp_path):
    write(tmp_path, {"run.py": "x\n"})
    (tmp_path / "run.py").chmod(0o750)
    apply_to_tree(tmp_path, {"run.py": "y\n"}, {"run.py": "x\n"})
    assert (tmp_path / "run.py").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("now", ["x = 9\n", None])
def test_a_file_that_has_changed_stops_the_whole_patch(tmp_path, now):
    originals, files = {"a.py": "x\n", "b.py": "x\n"}, {"a.py": "y\n", "b.py": "y\n"}
    write(tmp_path, {"a.py": "x\n", "b.py": now})
    with pytest.raises(DirtyTree, match=r"b\.py has changed"):
        apply_to_tree(tmp_path, files, originals)
    assert read(tmp_path, files) == {"a.py": "x\n", "b.py": now}


def test_a_file_that_came_up_in_the_place_of_a_new_one_is_not_overwritten(tmp_path):
    write(tmp_path, {"a.py": "mine\n"})
    with pytest.raises(DirtyTree):
        apply_to_tree(tmp_path, {"a.py": "new\n"}, {"a.py": None})
    assert read(tmp_path, ["a.py"]) == {"a.py": "mine\n"}


def test_links_are_not_written_through(tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    write(outside, {"a.py": "x\n"})
    (tmp_path / "a.py").symlink_to(outside / "a.py")
    (tmp_path / "sub").symlink_to(outside)
    for path in ("a.py", "sub/a.py"):
        with pytest.raises(DirtyTree, match="symbolic link"):
            apply_to_tree(tmp_path, {path: "y\n"}, {path: "x\n"})
    assert read(outside, ["a.py"]) == {"a.py": "x\n"}


@pytest.fixture
def root():
    """A folder that every user may reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)
        for folder in (Path(name), *Path(name).glob("*/")):
            folder.chmod(0o777)


@contextlib.contextmanager
def ordinary_user():
    """Work as a user to whom permissions mean something: root may write everywhere."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def refused(root, files, originals):
    with ordinary_user(), pytest.raises(UsageError) as caught:
        apply_to_tree(root, files, originals)
    return str(caught.value)


@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, 0o666), (0o777, 0o444)])
def test_a_read_only_place_is_one_clear_error_and_nothing_changes(root, folder_mode, file_mode):
    write(root, {"a.py": "x\n"})
    (root / "a.py").chmod(file_mode)
    root.chmod(folder_mode)
    said = refused(root, {"a.py": "y\n"}, {"a.py": "x\n"})
    assert "a.py cannot be written" in said
    assert "git apply" in said
    assert read(root, ["a.py"]) == {"a.py": "x\n"}
    assert [p.name for p in root.iterdir()] == ["a.py"]


def test_when_one_file_cannot_be_written_the_others_are_put_back(root):
    originals = {"a.py": "x\n", "b/c.py": None, "d.py": "x\n", "locked/e.py": "x\n"}
    files = {"a.py": "y\n", "b/c.py": "new\n", "d.py": None, "locked/e.py": "y\n"}
    write(root, originals)
    modes = {"a.py": 0o775, "d.py": 0o677, "locked/e.py": 0o666, "locked": 0o555}
    for path, mode in modes.items():
        (root / path).chmod(mode)
    said = refused(root, files, originals)
    assert "e.py cannot be written" in said
    assert "nothing was changed" in said
    assert read(root, originals) == originals
    assert {p.name for p in root.iterdir()} == {"a.py", "d.py", "locked"}
    assert {path: (root / path).stat().st_mode & 0o777 for path in modes} == modes
