"""The first program of a container: it kills what test processes leave behind.

It runs as uid 0 with CAP_KILL, reads orders from its stdin and answers on its stdout, neither of
which code under uid 1000 can reach. It is written in the shell's builtins alone, so it works
while a fork bomb holds every process that the container may have; a `docker exec` then fails.
Everything is told to stop before anything is killed: what is told so does not fork again. One
that waits in the kernel for a child that it has spawned does not stop, but can be killed.

When fixit dies, Docker closes the guard's stdin, the guard ends, and with it the container.
"""

from __future__ import annotations

USER = 1000  # of everything that is not trusted

# orders: `look 0`; `sweep 0` kills all of USER's processes; `end PID` also one of uid 0. Each
# is answered with the CPU time of all that ever ran in the container: nanoseconds where control
# groups are of version 1, `usec N` where they are of version 2, 0 where they cannot be read.
# Before the first it says `ready`, and which limits on memory (bytes) and processes it is under:
# a number, `max`, or `?` where that cannot be read.
GUARD = f"""
found() {{  # sets $pids: USER's processes that are not in state $1; the dead do not count
  pids=
  for status in /proc/[0-9]*/status; do
    state= uid=
    while read -r key value rest; do
      case $key in State:) state=$value ;; Uid:) uid=$value; break ;; esac
    done <"$status"
    [ "$uid" = {USER} ] || continue
    case $state in Z|X|"$1") continue ;; esac
    pid=${{status#/proc/}}
    pids="$pids ${{pid%/status}}"
  done
  [ -n "$pids" ]
}}
used() {{
  for file in cpuacct cpu,cpuacct cpuacct,cpu; do
    read -r ns </sys/fs/cgroup/$file/cpuacct.usage && {{ echo "used $ns"; return; }}
  done
  read -r _ usec </sys/fs/cgroup/cpu.stat && {{ echo "used usec $usec"; return; }}
  echo used 0
}}
exec 2>/dev/null
read -r memory </sys/fs/cgroup/memory.max ||
  read -r memory </sys/fs/cgroup/memory/memory.limit_in_bytes || memory=?
read -r pids </sys/fs/cgroup/pids.max || read -r pids </sys/fs/cgroup/pids/pids.max || pids=?
echo "ready $memory $pids"
while read -r order pid; do
  if [ "$order" != look ]; then
    [ "$order" = end ] && kill -KILL "$pid"
    before=
    while found T && [ "$pids" != "$before" ]; do kill -STOP $pids; before=$pids; done
    while found -; do kill -KILL $pids; done
  fi
  used
done
"""


def is_limited(seen: str, to: int) -> bool:
    """Whether a limit that the guard has seen is no more than this; one that it cannot see is
    taken to be."""
    return seen == "?" or (seen.isdigit() and int(seen) <= to)


def cpu_s_of(answer: bytes) -> float:
    """The CPU seconds in the guard's answer. Raises ValueError if it is none."""
    match answer.split():
        case [b"used", b"usec", microseconds]:
            return int(microseconds) / 1e6
        case [b"used", nanoseconds]:
            return int(nanoseconds) / 1e9
    raise ValueError(answer)
