"""The system calls that code in the local sandbox may not make, as a classic BPF program.

Namespaces hide the host's files, processes and network; this filter takes away what attacks
the kernel behind them, or undoes them: io_uring, ptrace, mounting, new namespaces, bpf, keys,
modules. Nor may process 1 be given other limits or another priority: it is the test worker
where both have one uid. What tests need in order to run is not touched. Denied calls fail with
EPERM (ENOSYS where the C library then takes an older call), they do not kill.

`program` is what `bwrap --seccomp FD` reads: `struct sock_filter` entries, 8 bytes each.
`docker_profile` says the same to Docker, whose own profile leaves io_uring and ptrace open in
the versions that distributions ship.
"""

from __future__ import annotations

import errno
import json
import os
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from fixit_runtime.agent.errors import SandboxError

# struct seccomp_data: nr, arch, instruction_pointer, args[6]; little-endian on both machines
_NUMBER, _ARCH, _FIRST_ARG, _SECOND_ARG = 0, 4, 16, 24
_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL, _AT_LEAST, _ANY_BIT = 0x15, 0x35, 0x45  # BPF_JMP | BPF_K | JEQ, JGE, JSET
_RETURN = 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x60000000
_AF_ALG, _AF_VSOCK = 38, 40  # kernel crypto; a virtual machine's host, which no namespace hides
_PRIO_USER, _IOPRIO_WHO_USER = 2, 3
_X32 = 0x40000000  # x86-64's second set of numbers for the same calls

_COMMON = {  # the same number on every architecture
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443,
    "memfd_secret": 447,
}  # fmt: skip
_X86_64 = {
    "ptrace": 101, "syslog": 103, "uselib": 134, "vhangup": 153, "modify_ldt": 154,
    "ustat": 136, "sysfs": 139, "pivot_root": 155, "_sysctl": 156, "adjtimex": 159,
    "chroot": 161, "acct": 163,
    "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168,
    "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173,
    "create_module": 174, "init_module": 175, "delete_module": 176, "quotactl": 179,
    "nfsservctl": 180, "lookup_dcookie": 212, "clock_settime": 227, "kexec_load": 246,
    "add_key": 248, "request_key": 249, "keyctl": 250, "migrate_pages": 256, "move_pages": 279,
    "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303,
    "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "kexec_file_load": 320,
    "bpf": 321, "userfaultfd": 323, **_COMMON,
}  # fmt: skip
_AARCH64 = {
    "lookup_dcookie": 18, "umount2": 39, "mount": 40, "pivot_root": 41, "nfsservctl": 42,
    "chroot": 51, "vhangup": 58, "quotactl": 60, "acct": 89, "kexec_load": 104,
    "init_module": 105, "delete_module": 106, "clock_settime": 112, "syslog": 116,
    "ptrace": 117, "reboot": 142, "sethostname": 161, "setdomainname": 162,
    "settimeofday": 170, "adjtimex": 171, "add_key": 217, "request_key": 218, "keyctl": 219,
    "swapon": 224, "swapoff": 225, "migrate_pages": 238, "move_pages": 239,
    "perf_event_open": 241, "fanotify_init": 262, "name_to_handle_at": 264,
    "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270,
    "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "bpf": 280,
    "userfaultfd": 282, "kexec_file_load": 294, **_COMMON,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """One architecture: its AUDIT_ARCH and the numbers of the calls that are looked at."""

    audit_arch: int
    denied: dict[str, int]
    clone: int
    unshare: int
    socket: int
    fallocate: int
    hidden_memory: tuple[int, int]  # memfd_create, shmget: what they give, no process shows
    of_a_process: dict[str, int]  # change what a process may have; its number comes first
    setpriority: int
    ioprio_set: int
    clone3: int = 435
    has_x32: bool = False


MACHINES = {
    "x86_64": Machine(
        0xC000003E,
        _X86_64,
        clone=56,
        unshare=272,
        socket=41,
        fallocate=285,
        hidden_memory=(319, 29),
        of_a_process={
            "prlimit64": 302,
            "sched_setparam": 142,
            "sched_setscheduler": 144,
            "sched_setaffinity": 203,
            "sched_setattr": 314,
        },
        setpriority=141,
        ioprio_set=251,
        has_x32=True,
    ),
    "aarch64": Machine(
        0xC00000B7,
        _AARCH64,
        clone=220,
        unshare=97,
        socket=198,
        fallocate=47,
        hidden_memory=(279, 194),
        of_a_process={
            "prlimit64": 261,
            "sched_setparam": 118,
            "sched_setscheduler": 119,
            "sched_setaffinity": 122,
            "sched_setattr": 274,
        },
        setpriority=140,
        ioprio_set=30,
    ),
}


def program(machine: str, *, accounted: bool = True, sockets: bool = True) -> bytes:
    """The filter for a machine as `platform.machine()` names it.

    `accounted`: a control group counts all memory; where none does, files and segments without
    a name cannot be had. Without `sockets` none can be made. Disk is never reserved without
    writing, so that it is seen filling.

    Raises:
        SandboxError: nobody has written down that machine's system calls.
    """
    if (known := MACHINES.get(machine)) is None:
        raise SandboxError(
            f"the local sandbox has no system call filter for {machine}",
            hint="Use --sandbox docker on this machine.",
        )
    code = [
        _load(_ARCH),
        *_unless(_EQUAL, known.audit_arch, _KILL),
        _load(_NUMBER),
    ]
    if known.has_x32:
        code += _when(_AT_LEAST, _X32, _ERRNO | errno.EPERM)
    code += _when(_EQUAL, known.clone3, _ERRNO | errno.ENOSYS)  # its flags cannot be seen here
    code += _when(_EQUAL, known.fallocate, _ERRNO | errno.EOPNOTSUPP)  # libc then writes zeros
    for number in () if accounted else known.hidden_memory:
        code += _when(_EQUAL, number, _ERRNO | errno.ENOSYS)
    for number in sorted(known.denied.values()):
        code += _when(_EQUAL, number, _ERRNO | errno.EPERM)
    for number in (known.clone, known.unshare):
        code += _when_argument(number, [(_ANY_BIT, _NEW_NAMESPACES)], errno.EPERM)
    for number in known.of_a_process.values():
        code += _when_argument(number, [(_EQUAL, 1)], errno.EPERM)
    for number, user in (
        (known.setpriority, _PRIO_USER),
        (known.ioprio_set, _IOPRIO_WHO_USER),
    ):
        code += _when_argument(number, [(_EQUAL, user)], errno.EPERM, [(_EQUAL, 1)])
    if not sockets:
        code += _when(_EQUAL, known.socket, _ERRNO | errno.EACCES)
    families = [(_EQUAL, _AF_ALG), (_EQUAL, _AF_VSOCK)]
    code += _when_argument(known.socket, families, errno.EAFNOSUPPORT)
    code.append(_give(_ALLOW))
    return b"".join(code)


@contextmanager
def in_memory(filter: bytes) -> Iterator[int]:
    """A descriptor from which bubblewrap reads the filter once."""
    fd = os.memfd_create("fixit-seccomp", os.MFD_CLOEXEC)
    try:
        os.write(fd, filter)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)


def docker_profile() -> str:
    """The same rules as the JSON that `--security-opt seccomp=` takes, for every machine."""
    names = sorted({name for machine in MACHINES.values() for name in machine.denied})
    flags = [1 << bit for bit in range(32) if _NEW_NAMESPACES >> bit & 1]
    rules: list[dict[str, object]] = [
        {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
    ]
    for flag in flags:
        rule = _docker_rule(["clone", "unshare"], errno.EPERM, "SCMP_CMP_MASKED_EQ", flag, flag)
        rules.append(rule)
    for family in (_AF_ALG, _AF_VSOCK):
        rules.append(_docker_rule(["socket"], errno.EAFNOSUPPORT, "SCMP_CMP_EQ", family, 0))
    return json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules})


@contextmanager
def profile_file() -> Iterator[str]:
    """The path of a file with `docker_profile`, while it is needed."""
    with tempfile.NamedTemporaryFile("w", prefix="fixit-seccomp-", suffix=".json") as file:
        file.write(docker_profile())
        file.flush()
        yield file.name


def _docker_rule(
    names: list[str], error: int, test: str, value: int, value_two: int
) -> dict[str, object]:
    argument = {"index": 0, "value": value, "valueTwo": value_two, "op": test}
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": error, "args": [argument]}


def _instruction(operation: int, if_true: int, if_false: int, value: int) -> bytes:
    return struct.pack("=HBBI", operation, if_true, if_false, value)


def _load(offset: int) -> bytes:
    return _instruction(_LOAD, 0, 0, offset)


def _give(verdict: int) -> bytes:
    return _instruction(_RETURN, 0, 0, verdict)


def _when(test: int, value: int, verdict: int) -> list[bytes]:
    return [_instruction(test, 0, 1, value), _give(verdict)]


def _unless(test: int, value: int, verdict: int) -> list[bytes]:
    return [_instruction(test, 1, 0, value), _give(verdict)]


def _when_argument(
    number: int,
    tests: list[tuple[int, int]],
    error: int,
    others: Sequence[tuple[int, int]] = (),
) -> list[bytes]:
    """For this call, refuse where a test of the low half of its first argument holds, or one of
    the `others` for its second; all else of this call passes."""
    body = []
    for place, about in ((_FIRST_ARG, tests), (_SECOND_ARG, others)):
        if about:
            body.append(_load(place))
        for test, value in about:
            body += _when(test, value, _ERRNO | error)
    body.append(_give(_ALLOW))
    return [_instruction(_EQUAL, 0, len(body), number), *body]
