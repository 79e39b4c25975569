"""The system call filter, run on an interpreter for classic BPF."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.sandboxes.seccomp import MACHINES, docker_profile, program

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS, EAFNOSUPPORT = 0x50001, 0x50000 + 38, 0x50000 + 97


def verdict(code: bytes, number: int, arch: int, first: int = 0, second: int = 0) -> int:
    """What the kernel would answer to a call."""
    data = struct.pack("<iIQ6Q", number, arch, 0, first, second, 0, 0, 0, 0)
    steps = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    value, at = 0, 0
    while True:
        operation, if_true, if_false, k = steps[at]
        at += 1
        if operation == 0x06:
            return k
        if operation == 0x20:
            value = struct.unpack_from("<I", data, k)[0]
            continue
        holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[operation]
        at += if_true if holds else if_false


@pytest.mark.parametrize("name", MACHINES)
def test_denied_calls_are_refused_and_all_others_pass(name: str) -> None:
    machine, code = MACHINES[name], program(name)
    looked_at = {machine.clone3, machine.clone, machine.unshare, machine.socket}
    looked_at |= {machine.fallocate}
    for number in range(470):
        seen = verdict(code, number, machine.audit_arch)
        if number in machine.denied.values():
            assert seen == EPERM, number
        elif number not in looked_at:
            assert seen == ALLOW, number


@pytest.mark.parametrize("name", MACHINES)
def test_memory_that_no_process_shows_cannot_be_had_where_nobody_counts_it(name: str) -> None:
    machine, arch = MACHINES[name], MACHINES[name].audit_arch
    for number in machine.hidden_memory:
        assert verdict(program(name), number, arch) == ALLOW
        assert verdict(program(name, accounted=False), number, arch) == ENOSYS


@pytest.mark.parametrize("name", MACHINES)
def test_disk_is_not_reserved_but_written(name: str) -> None:
    assert verdict(program(name), MACHINES[name].fallocate, MACHINES[name].audit_arch) == 0x5005F


@pytest.mark.parametrize("name", MACHINES)
def test_calls_are_judged_by_their_first_argument(name: str) -> None:
    machine, code = MACHINES[name], program(name)
    arch = machine.audit_arch
    thread = 0x003D0F00  # what a C library starts a thread with
    assert verdict(code, machine.clone, arch, thread) == ALLOW
    for flag in (0x20000, 0x2000000, 0x10000000, 0x40000000):
        assert verdict(code, machine.clone, arch, flag | 17) == EPERM
        assert verdict(code, machine.unshare, arch, flag) == EPERM
    assert verdict(code, machine.unshare, arch, 0x400) == ALLOW
    assert verdict(code, machine.clone3, arch) == ENOSYS
    assert [verdict(code, machine.socket, arch, f) for f in (1, 2, 10, 16)] == [ALLOW] * 4
    assert [verdict(code, machine.socket, arch, f) for f in (38, 40)] == [EAFNOSUPPORT] * 2


@pytest.mark.parametrize("name", MACHINES)
def test_nobody_changes_what_process_1_may_have(name: str) -> None:
    machine, code = MACHINES[name], program(name)
    arch = machine.audit_arch
    for number in machine.of_a_process.values():
        assert [verdict(code, number, arch, pid) for pid in (0, 1, 7)] == [ALLOW, EPERM, ALLOW]
    for number, of_user in ((machine.setpriority, 2), (machine.ioprio_set, 3)):
        assert verdict(code, number, arch, of_user - 2, 7) == ALLOW
        assert verdict(code, number, arch, of_user - 2, 1) == EPERM
        assert verdict(code, number, arch, of_user, 7) == EPERM


def test_calls_by_another_machines_numbers_are_refused() -> None:
    code = program("x86_64")
    assert verdict(code, 1, 0x40000003) == KILL
    assert verdict(code, 0x40000000 + 1, MACHINES["x86_64"].audit_arch) == EPERM


def test_a_machine_without_numbers_is_sent_to_docker() -> None:
    with pytest.raises(SandboxError, match="docker"):
        program("s390x")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_the_numbers_are_those_of_the_kernels_headers(name: str, header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"no {header} on this machine")
    text = Path(header).read_text()
    known = {m[1]: int(m[2]) for m in re.finditer(r"#define __NR_(\w+)\s+(\d+)\b", text)}
    machine = MACHINES[name]
    numbers = machine.denied | {"clone": machine.clone, "unshare": machine.unshare}
    numbers |= {"socket": machine.socket, "clone3": machine.clone3} | machine.of_a_process
    numbers |= {"setpriority": machine.setpriority, "ioprio_set": machine.ioprio_set}
    assert {n: known[n] for n in numbers if n in known} == {
        n: numbers[n] for n in numbers if n in known
    }
    assert len(known.keys() & numbers) > 40


def test_docker_is_told_the_same() -> None:
    profile = json.loads(docker_profile())
    named = {name for rule in profile["syscalls"] if "args" not in rule for name in rule["names"]}
    assert named == {n for m in MACHINES.values() for n in m.denied} | {"clone3"}
    flags = sum(r["args"][0]["value"] for r in profile["syscalls"] if "clone" in r["names"])
    assert flags == 0x7E020000
