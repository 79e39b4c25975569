"""A trace keeps what happened, through crashes, beside other runs, and without secrets."""

import gzip
import json
import math
import os
import resource
import signal
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixit_runtime.agent.capital import store
from fixit_runtime.agent.capital.records import decode, encode
from fixit_runtime.agent.capital.redact import redactor
from fixit_runtime.agent.capital.trace import (
    FileTrace,
    MemoryTrace,
    find_run,
    new_run_id,
    read_run,
    runs,
)
from fixit_runtime.agent.errors import TraceError, UsageError
from fixit_runtime.agent.ledger import Limits
from fixit_runtime.agent.seams import TestFacts, TraceStore

RUN = "20261121T060000Z-a1b2c3"


def clock(times=iter(range(1_000_000))):  # noqa: B008  (one clock for all)
    return float(next(times))


def opened(state, run=RUN, environ=()):
    return FileTrace(state, run, clock=clock, environ=dict(environ))


def written(state, run=RUN, *, end=True):
    with opened(state, run) as trace:
        trace.append("run_start", {"repository": "/größe \ud800"})
        trace.append("decision", {"chosen": "act", "limit": math.inf})
        trace.append("outcome", {"verdict": "accept"})
        if end:
            trace.append("run_end", {"outcome": "fixed"})
        return trace.path


def test_events_come_back_in_order_with_what_they_held(tmp_path):
    run = read_run(written(tmp_path))
    assert [e.kind for e in run.events] == ["run_start", "decision", "outcome", "run_end"]
    assert [e.seq for e in run.events] == [0, 1, 2, 3]
    assert run.events[0].data == {"repository": "/größe \ud800"}
    assert run.events[1].data["limit"] == "inf"
    assert (run.id, run.warnings, run.ended) == (RUN, (), True)


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_trace_in_memory_holds_what_a_file_would(tmp_path, kind):
    secret = {"API_TOKEN": "geheimnis"}
    trace: TraceStore = (
        FileTrace(tmp_path, RUN, clock=lambda: 5.0, environ=secret)
        if kind == "file"
        else MemoryTrace(RUN, clock=lambda: 5.0, redact=redactor(secret))
    )
    returned = trace.append("tool", {"limits": encode(Limits()), "said": ("a", "geheimnis")})
    assert list(trace.events()) == [returned]
    assert decode(Limits, returned.data["limits"]) == Limits()
    assert returned.data["said"] == ["a", "[redacted]"]


def test_an_event_is_in_the_file_when_append_returns(tmp_path):
    with opened(tmp_path) as trace:
        for n in range(3):
            trace.append("tool", {"n": n})
            assert len(trace.path.read_bytes().splitlines()) == n + 1


@pytest.mark.parametrize(
    ("kind", "data", "error"),
    [("gossip", {}, ValueError), ("tool", {"x": object()}, TypeError), ("tool", {1: 2}, TypeError)],
)
def test_what_no_trace_can_hold_is_refused_and_the_trace_goes_on(tmp_path, kind, data, error):
    with opened(tmp_path) as trace:
        with pytest.raises(error):
            trace.append(kind, data)
        trace.append("tool", {})
        assert [e.seq for e in trace.events()] == [0]


# ------------------------------------------------------------------ large payloads


def test_large_payloads_lie_beside_once_and_come_back(tmp_path):
    facts = TestFacts(failing=("t::x",), passing=tuple(f"tests/t.py::test_{n}" for n in range(900)))
    for run in ("run-a", "run-b"):
        with opened(tmp_path, run) as trace:
            trace.append("tool", {"name": "baseline", "facts": encode(facts)})
            assert len(trace.path.read_bytes()) < 1_000
            (event,) = trace.events()
            assert decode(TestFacts, event.data["facts"]) == facts
    assert len(list((tmp_path / "blobs").iterdir())) == 1


def test_a_payload_that_looks_like_a_reference_is_no_reference(tmp_path):
    trick = {"$blob": "0" * 64, "bytes": 3}
    with opened(tmp_path) as trace:
        trace.append("tool", {"x": trick})
        run = read_run(trace.path)
    assert run.events[0].data["x"] == trick
    assert run.warnings == ()


@pytest.mark.parametrize("damage", ["gone", "garbage", "other", "cut"])
def test_a_lost_payload_is_a_warning_and_the_rest_is_read(tmp_path, damage):
    with opened(tmp_path) as trace:
        trace.append("llm", {"prompt": "x" * 9_000, "model": "m"})
    (blob,) = (tmp_path / "blobs").iterdir()
    content = blob.read_bytes()
    blob.unlink()
    if damage != "gone":
        blob.write_bytes(
            {"garbage": b"??", "other": gzip.compress(b'"y"'), "cut": content[:-9]}[damage]
        )
    run = read_run(trace.path)
    assert run.events[0].data["model"] == "m"
    assert "line 1, prompt" in run.warnings[0]


def test_a_reference_out_of_the_folder_is_not_followed(tmp_path):
    path = written(tmp_path)
    line = json.loads(path.read_text().splitlines()[0])
    line["data"] = {"x": {"$blob": "../../../etc/passwd", "bytes": 1}}
    path.write_text(json.dumps(line, separators=(",", ":")) + "\n")
    assert "is no hash" in read_run(path).warnings[0]


# ------------------------------------------------------------------ damage


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(share=st.floats(0, 1))
def test_a_trace_cut_anywhere_gives_its_readable_beginning(tmp_path, share):
    path = written(tmp_path, f"cut-{os.urandom(6).hex()}")
    whole, events = path.read_bytes(), read_run(path).events
    cut = whole[: int(share * len(whole))]
    path.write_bytes(cut)
    run = read_run(path)
    assert run.events == events[: cut.count(b"\n")]
    assert bool(run.warnings) == (not cut.endswith(b"\n"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_changed_byte_is_noticed(tmp_path, at, byte):
    path = written(tmp_path, f"bad-{os.urandom(6).hex()}")
    data = bytearray(path.read_bytes())
    place = at % data.rindex(b'{"v"')  # within what run_end seals
    changed, data[place] = data[place] != byte, byte
    path.write_bytes(data)
    try:
        run = read_run(path)
    except TraceError:
        assert changed
    else:
        assert bool(run.warnings) == changed


@pytest.mark.parametrize(
    "content", [b"hello\n", b'{"a": 1}\n', b"\x00\xff\n", b"{}\n", b"[1]\n", b"no"]
)
def test_a_foreign_file_is_an_error(tmp_path, content):
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(TraceError, match="no trace of fixit"):
        read_run(path)


def test_a_trace_of_a_later_format_is_not_misread(tmp_path):
    path = written(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'{"v":1', b'{"v":2'))
    with pytest.raises(TraceError, match="format 2") as caught:
        read_run(path)
    assert "Update" in caught.value.hint


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(TraceError, match="cannot be read"):
        read_run(tmp_path / "gone.jsonl")


def test_a_broken_off_run_goes_on_behind_its_last_whole_line(tmp_path):
    path = written(tmp_path, end=False)
    path.write_bytes(path.read_bytes() + b'{"v":1,"run":"2026')
    with opened(tmp_path) as trace:
        trace.append("risk", {"error": "power cut"})
        trace.append("run_end", {"outcome": "deferred"})
    run = read_run(path)
    assert [e.seq for e in run.events] == [0, 1, 2, 3, 4]
    assert run.warnings == ()


def test_a_run_that_has_ended_or_is_damaged_is_not_written_to(tmp_path):
    path = written(tmp_path)
    with pytest.raises(TraceError, match="has ended"):
        opened(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"??\n" + lines[2])
    before = path.read_bytes()
    with pytest.raises(TraceError, match="line 2 cannot be read"):
        opened(tmp_path)
    assert path.read_bytes() == before


def test_nothing_follows_the_end(tmp_path):
    with opened(tmp_path) as trace:
        trace.append("run_end", {})
        with pytest.raises(TraceError, match="has ended"):
            trace.append("tool", {})


WRITER = """
import sys, itertools
from pathlib import Path
from fixit_runtime.agent.capital.trace import FileTrace
with FileTrace(Path(sys.argv[1]), sys.argv[2], environ={}) as trace:
    trace.append("run_start", {}, sync=True)
    for n in itertools.count():
        trace.append("outcome", {"n": n, "text": "x" * 500})
        print(n, flush=True)
"""


def test_a_killed_writer_loses_no_acknowledged_event_and_leaves_no_lock(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path), RUN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        for _ in range(40):
            acknowledged = int(writer.stdout.readline())
        with pytest.raises(TraceError, match="being written by another fixit"):
            opened(tmp_path)
        writer.send_signal(signal.SIGKILL)
        acknowledged = int((writer.stdout.read().split() or [acknowledged])[-1])
    run = read_run(store.run_path(tmp_path, RUN))
    assert [e.data["n"] for e in run.events[1:]][: acknowledged + 1] == list(
        range(acknowledged + 1)
    )
    opened(tmp_path).close()


def test_two_runs_write_beside_each_other(tmp_path):
    with opened(tmp_path, "run-a") as one, opened(tmp_path, "run-b") as two:
        for n in range(3):
            one.append("tool", {"n": n, "big": "z" * 9_000})
            two.append("tool", {"n": -n, "big": "z" * 9_000})
        assert [e.data["n"] for e in one.events()] == [0, 1, 2]
        assert [e.data["n"] for e in two.events()] == [0, -1, -2]


# ------------------------------------------------------------------ secrets


def test_no_secret_reaches_the_disk(tmp_path):
    secret, shaped = "hunter2-hunter2", "sk-" + "a1" * 12
    with opened(tmp_path, environ={"MY_API_KEY": secret}) as trace:
        data = {"out": f"key {secret}", "nested": [{"k": (secret,)}], secret: 1, "s": shaped}
        trace.append("tool", {**data, "long": f"{secret} " * 2_000})
        trace.append("run_end", {"reason": secret})
    texts = [gzip.decompress(p.read_bytes()) for p in tmp_path.rglob("*.gz")]
    texts += [p.read_bytes() for p in tmp_path.rglob("*.jsonl")]
    assert len(texts) == 2
    assert all(secret.encode() not in t and shaped.encode() not in t for t in texts)
    assert all(b"[redacted]" in t for t in texts)


# ------------------------------------------------------------------ the folder


def test_the_folder_is_private_and_hides_itself_from_git(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    written(tmp_path / ".fixit")
    status = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=tmp_path, capture_output=True, check=True
    )
    assert status.stdout == b""
    assert (tmp_path / ".fixit").stat().st_mode & 0o777 == 0o700
    assert all(p.stat().st_mode & 0o077 == 0 for p in (tmp_path / ".fixit").rglob("*.jsonl"))


def test_a_folder_of_the_users_own_is_not_hidden_from_git(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mine.txt").write_text("x")
    written(tmp_path / "results")
    assert not (tmp_path / "results" / ".gitignore").exists()


@pytest.mark.parametrize("link", ["", "runs", "blobs"])
def test_a_link_in_its_place_is_not_written_through(tmp_path, link):
    (tmp_path / "elsewhere").mkdir()
    if link:
        (tmp_path / ".fixit").mkdir()
    (tmp_path / ".fixit" / link if link else tmp_path / ".fixit").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TraceError, match="link"):
        opened(tmp_path / ".fixit")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_trace_file_that_is_a_link_is_not_written_through(tmp_path):
    store.make_ready(tmp_path)
    (tmp_path / "target").write_text("mine")
    store.run_path(tmp_path, RUN).symlink_to(tmp_path / "target")
    with pytest.raises(TraceError, match="cannot be written"):
        opened(tmp_path)
    assert (tmp_path / "target").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TraceError, match="cannot be written") as caught:
        opened(tmp_path / "file" / ".fixit")
    assert "--state" in caught.value.hint


@pytest.mark.parametrize("run", ["../x", "a/b", "", ".hidden", "x" * 101, "a\nb"])
def test_a_run_id_cannot_lead_out_of_the_folder(tmp_path, run):
    with pytest.raises(TraceError, match="no run id"):
        opened(tmp_path, run)


def test_a_full_disk_is_an_error_and_leaves_whole_lines(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with opened(tmp_path) as trace:
        trace.append("tool", {"n": 1})
        before = trace.path.read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))
        try:
            with pytest.raises(TraceError, match="cannot be written"):
                trace.append("tool", {"n": 2})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert trace.path.read_bytes() == before
        trace.append("tool", {"n": 3})
        assert [e.data["n"] for e in trace.events()] == [1, 3]


def test_an_interrupt_between_a_write_and_its_count_does_no_harm(tmp_path):
    with opened(tmp_path) as trace:
        trace.append("tool", {"n": 1})
        uncounted = trace.path.read_bytes().replace(b'"seq":0', b'"seq":1')
        with trace.path.open("ab") as file:
            file.write(uncounted + b'{"v":1,"ru')
        trace.append("run_end", {})
    run = read_run(trace.path)
    assert [e.seq for e in run.events] == [0, 1, 2]
    assert run.warnings == ()


# ------------------------------------------------------------------ finding runs


def test_run_ids_sort_by_time():
    ids = [new_run_id(t, "abc") for t in (0.0, 1e9, 1.7e9, 1.7e9 + 1)]
    assert ids == sorted(ids)
    assert ids[0] == "19700101T000000Z-abc"


def test_runs_are_listed_oldest_first_with_what_is_wrong_with_them(tmp_path):
    assert runs(tmp_path) == []
    written(tmp_path, "2026b")
    written(tmp_path, "2026a", end=False)
    (tmp_path / "runs" / "2026c.jsonl").write_text("hello\n")
    listed = runs(tmp_path)
    assert [(r.id, r.ended, bool(r.warnings)) for r in listed] == [
        ("2026a", False, False),
        ("2026b", True, False),
        ("2026c", False, True),
    ]


def test_a_run_is_found_by_id_beginning_path_or_as_the_last(tmp_path):
    path = written(tmp_path, "2026a-one")
    written(tmp_path, "2026a-onetwo")
    written(tmp_path, "2026b-x")
    assert find_run(tmp_path, "2026a-one").path == path
    assert find_run(tmp_path, "2026b").id == "2026b-x"
    assert find_run(tmp_path, "last").id == "2026b-x"
    assert find_run(tmp_path / "other", str(path)).id == "2026a-one"
    for name in ("2026a", "none", ""):
        with pytest.raises(UsageError, match="run") as caught:
            find_run(tmp_path, name)
        assert "trace list" in caught.value.hint
