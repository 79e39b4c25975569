"""Source files are read as text and written back as the same bytes."""

import ast
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.tools.source import (
    SourceTree,
    declared_encoding,
    from_bytes,
    newline_of,
    parsable,
    split_lines,
    to_bytes,
)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x = 1\r\ny = 2\nz = 3",
        "größe = 'Ω'\n".encode(),
        b"\xef\xbb\xbfx = 1\n",
        b"# -*- coding: latin-1 -*-\nname = 'gr\xf6\xdfe'\n",
        b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n",
        "# coding: koi8-r\nx = 'жук'\n".encode("koi8-r"),
        "# coding: shift_jis\nx = '日本'\r\n".encode("shift_jis"),
        b"\xef\xbb\xbf# coding: utf-8\nx = 1\n",
        b"a\x0cb\x1cc\xe2\x80\xa8d\n",
    ],
)
def test_text_goes_back_to_the_bytes_it_came_from(data):
    assert to_bytes(from_bytes(data)) == data


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode))
def test_any_bytes_come_back_or_are_refused(data):
    try:
        text = from_bytes(data)
    except ValueError as error:
        assert str(error)
    else:
        assert to_bytes(text) == data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"name = 'gr\xf6\xdfe'\n", "utf-8"),
        (b"# coding: klingon\n", "klingon"),
        (b"x\0y", "null"),
        (b"# coding: rot13\n", "rot13"),
    ],
)
def test_bytes_that_are_no_text_in_their_encoding_are_refused(data, why):
    with pytest.raises(ValueError, match=why):
        from_bytes(data)


def test_a_letter_that_the_declared_encoding_lacks_is_an_error():
    with pytest.raises(ValueError, match=r"'€' does not exist in latin-1"):
        to_bytes("# coding: latin-1\nx = '€'\n")


def test_a_coding_comment_counts_in_the_first_two_lines_only():
    assert declared_encoding("# coding: latin-1\n") == "latin-1"
    assert declared_encoding("\n# coding=cp1252\n") == "cp1252"
    assert declared_encoding("\n\n# coding: latin-1\n") == "utf-8"
    assert declared_encoding("x = 1\n# coding: latin-1\n") == "utf-8"


def test_a_text_with_a_byte_order_mark_can_be_parsed():
    text = from_bytes(b"\xef\xbb\xbfx = 1\n")
    assert ast.parse(parsable(text)).body


@given(st.text(alphabet="ab\n\r\x0c\u2028\x85", max_size=30))
def test_lines_join_to_the_text_and_only_python_line_ends_end_them(text):
    lines = split_lines(text)
    assert "".join(lines) == text
    assert all(line.rstrip("\r\n").count("\n") == 0 for line in lines)
    assert len(lines) == text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + (
        bool(text) and text[-1] not in "\r\n"
    )


def test_the_line_end_in_use_is_the_most_frequent():
    assert newline_of("a\r\nb\r\nc\n") == "\r\n"
    assert newline_of("a\nb\r\nc\n") == "\n"
    assert newline_of("a\rb\r") == "\r"
    assert newline_of("a") == "\n"


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "src" / "größe x").mkdir(parents=True)
    (tmp_path / "src" / "größe x" / "a.py").write_bytes(b"x = 1\r\n")
    (tmp_path / "b.py").write_text("y = 2\n")
    (tmp_path / "notes.txt").write_text("no code\n")
    return tmp_path


def test_python_files_are_listed_by_relative_path(tree):
    assert SourceTree(tree).python_files() == ["b.py", "src/größe x/a.py"]


def test_hidden_folders_environments_and_build_output_are_left_out(tree):
    for folder in (".git", ".tox", "build", "__pycache__", "my-env"):
        (tree / folder).mkdir()
        (tree / folder / "c.py").write_text("x = 1\n")
    (tree / "my-env" / "pyvenv.cfg").write_text("")
    assert SourceTree(tree).python_files() == ["b.py", "src/größe x/a.py"]


def test_a_given_list_of_paths_limits_the_files(tree):
    assert SourceTree(tree, ["b.py", "notes.txt", "gone.py"]).python_files() == ["b.py"]


def test_text_keeps_its_line_ends(tree):
    assert SourceTree(tree).read("src/größe x/a.py") == "x = 1\r\n"


def test_nothing_stands_there_is_none(tree):
    assert SourceTree(tree).read("gone.py") is None
    assert SourceTree(tree).read("b.py/c.py") is None


def test_what_was_read_stays_as_it_was(tree):
    source = SourceTree(tree)
    assert source.read("b.py") == "y = 2\n"
    (tree / "b.py").write_text("y = 3\n")
    assert source.read("b.py") == "y = 2\n"


def test_links_are_not_followed(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.py").write_text("key = 1\n")
    (tree / "link.py").symlink_to(outside / "secret.py")
    (tree / "linked").symlink_to(outside)
    source = SourceTree(tree)
    assert source.python_files() == ["b.py", "src/größe x/a.py"]
    for path in ("link.py", "linked/secret.py"):
        with pytest.raises(PatchRefused, match="symbolic link"):
            source.read(path)
        assert source.text(path) == ""


@pytest.mark.parametrize("path", ["../x.py", "/etc/hosts", "a//b.py", "", ".", "a\0.py"])
def test_paths_out_of_the_tree_are_refused(tree, path):
    with pytest.raises(PatchRefused, match="plain path"):
        SourceTree(tree).read(path)


def test_what_cannot_be_edited_as_text_is_refused_with_the_reason(tree):
    (tree / "big.py").write_bytes(b"#" * 101)
    (tree / "raw.py").write_bytes(b"\xff\xfe")
    os.mkfifo(tree / "pipe.py")
    source = SourceTree(tree, max_bytes=100)
    for path, why in [("big.py", "larger"), ("raw.py", "utf-8"), ("pipe.py", "regular")]:
        with pytest.raises(PatchRefused, match=why):
            source.read(path)
    assert source.python_files() == ["b.py", "src/größe x/a.py"]
