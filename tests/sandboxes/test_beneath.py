"""Paths that must not lead out of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.beneath import parts_below, read_beneath, write_beneath

PATHS = st.lists(st.sampled_from(["a", "..", ".", "", "/", "b c", "ü", "\0", "..a"]), max_size=6)


@given(PATHS.map("/".join))
def test_what_is_accepted_stays_below(path: str) -> None:
    try:
        parts = parts_below(path)
    except SandboxError:
        return
    inside = Path("/base", *parts)
    assert inside.resolve().is_relative_to("/base")
    assert inside != Path("/base")
    assert "\0" not in path


def test_a_file_in_place_of_a_folder_is_refused_for_writing_and_absent_for_reading(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SandboxError, match="stands in its way"):
        write_beneath(tmp_path, "file/below", b"y")
    assert read_beneath(tmp_path, "file/below", 10) is None


def test_a_name_that_no_file_system_takes_gets_a_message(tmp_path: Path) -> None:
    with pytest.raises(SandboxError):
        write_beneath(tmp_path, "n" * 300, b"")
    assert read_beneath(tmp_path, "n" * 300, 10) is None


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SandboxError):
        write_beneath(tmp_path, "folder", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
