"""Attacks on what lies outside: the network, the host's files, secrets and processes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Completed, RunLimits, Sandbox
from fixit_runtime.sandboxes.attacks import MEMORY_MB, Attack
from fixit_runtime.sandboxes.ground import Ground

_SWAPS = 60


def _links_out(
    sandbox: Sandbox, ground: Ground, run: Callable[[], Completed]
) -> tuple[Completed, str]:
    """The links stay where they are while fixit reads them."""
    done = run()
    names = ["link", "folder/id_rsa", "hard", "deep/link"]
    read = [sandbox.get(f"leads-out/{name}") for name in names]
    read.append(sandbox.get(f"{sandbox.scratch}/report.xml"))
    sandbox.run(["rm", "-rf", "leads-out", f"{sandbox.scratch}/report.xml"])
    if any(data is not None for data in read):
        return done, "fixit read a file of this machine through a link"
    return done, ""


def _links_in(
    sandbox: Sandbox, ground: Ground, run: Callable[[], Completed]
) -> tuple[Completed, str]:
    """The links stay where they are while fixit writes and deletes through them."""
    done = run()
    for path in ("leads-in/file", "leads-in/folder/victim", "leads-in/folder/new"):
        for data in (b"overwritten", None):
            with contextlib.suppress(SandboxError):
                sandbox.put({path: data})
    sandbox.put({"leads-in/second": b"2"})
    first = sandbox.get("leads-in/first")
    sandbox.run(["rm", "-rf", "leads-in"])
    return done, "" if first == b"1" else "writing one file changed another, hard linked to it"


def _swapped(
    sandbox: Sandbox, ground: Ground, run: Callable[[], Completed]
) -> tuple[Completed, str]:
    """Fixit writes below a folder that is replaced by a link, and back, all the time."""
    ended: list[Completed] = []
    lost: list[SandboxError] = []
    escaped = ""

    def attack() -> None:
        try:
            ended.append(run())
        except SandboxError as error:
            lost.append(error)

    with contextlib.suppress(SandboxError):
        sandbox.put({"swapped/victim": b"inside"})
    thread = threading.Thread(target=attack)
    thread.start()
    for _ in range(_SWAPS):
        with contextlib.suppress(SandboxError):
            sandbox.put({"swapped/victim": b"overwritten", "swapped/new": b"x"})
        with contextlib.suppress(SandboxError):
            sandbox.put({"swapped/victim": None})
        with contextlib.suppress(SandboxError):
            if sandbox.get("swapped/.ssh/id_rsa") is not None:
                escaped = "fixit read a file of this machine through a link"
        if escaped or not thread.is_alive():
            break
    thread.join()
    if lost:
        raise lost[0]
    sandbox.run(["sh", "-c", "rm -rf swapped aside link"])
    return ended[0], escaped


def _with_worker(
    sandbox: Sandbox, ground: Ground, run: Callable[[], Completed]
) -> tuple[Completed, str]:
    """A program that fixit keeps in the sandbox, as the test worker is, is there meanwhile."""
    spawn = getattr(sandbox, "spawn", None)
    if spawn is None:
        return run(), ""
    kept = spawn(["cat"])
    try:
        done = run()
        kept.stdin.write(b"well")
        return done, "" if kept.stdout.read(100) == b"well" else "it killed the test worker"
    except OSError:
        return done, "it killed the test worker"
    finally:
        kept.kill()


REACH = (
    Attack(
        "the internet",
        "connect to the internet, and look up a name",
        """
        for place in (("1.1.1.1", 443), ("8.8.8.8", 53), ("2606:4700:4700::1111", 443)):
            attempt("connected to %s" % place[0], socket.create_connection, place, 1)
        attempt("looked up pypi.org", socket.getaddrinfo, "pypi.org", 443)
        """,
    ),
    Attack(
        "the host's services",
        "reach a service that listens on this machine: loopback, bridge, UDP, Unix sockets",
        """
        for address in g["addresses"]:
            attempt("reached " + address, socket.create_connection, (address, g["port"]), 0.5)
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            try: socket.socket(family, socket.SOCK_DGRAM).sendto(b"x", (address, g["port"]))
            except OSError: pass
        for path in (g["abstract"], g["socket"], "/var/run/docker.sock", "/run/docker.sock"):
            attempt("reached " + repr(path), socket.socket(socket.AF_UNIX).connect, path)
        """,
        harmless=True,
    ),
    Attack(
        "the host's environment",
        "read environment variables of fixit and of other processes",
        """
        say(repr(dict(os.environ)))
        for pid in ["self", "1", g["victim"], g["fixit"]] + os.listdir("/proc"):
            for name in ("environ", "cmdline"):
                try: say(open("/proc/%s/%s" % (pid, name)).read())
                except OSError: pass
        """,
        harmless=True,
    ),
    Attack(
        "home and keys",
        "read private files of this machine's users",
        """
        places = g["keys"] + ["/etc/shadow", "/root/.ssh", "/root/.aws", "/proc/1/root/etc/shadow"]
        places += [os.path.dirname(key) for key in g["keys"]]
        for place in places:
            for read in (os.listdir, lambda path: open(path).read()):
                try: say("%s %s" % (place, read(place)))
                except OSError: pass
        attempt("read /etc/shadow", open, "/etc/shadow")
        """,
        harmless=True,
    ),
    Attack(
        "writing outside",
        "write, replace and delete files outside the work folder",
        """
        for place in g["places"]:
            path = place + "/" + token
            try: open(path, "w").close(); os.path.samefile(path, path)
            except OSError: pass
        victim = g["folder"] + "/victim"
        for act in (lambda: open(victim, "w").write("x"), lambda: os.remove(victim),
                    lambda: os.rename(token, victim), lambda: os.rmdir(g["folder"] + "/out")):
            attempt("changed " + victim, act)
        """,
        harmless=True,
    ),
    Attack(
        "deleting system files",
        "delete, rename, truncate and write programs and libraries",
        """
        for path in g["system"]:
            attempt("can write " + path, os.open, path, os.O_WRONLY)
            attempt("can change " + path, os.chmod, path, 0o755)
            attempt("can link " + path, os.link, path, os.path.dirname(path) + "/" + token)
        for path in ("/usr/bin/factor", "/usr/share/zoneinfo/UTC", "/etc/issue"):
            for act in (os.remove, lambda p: os.truncate(p, 0), lambda p: os.rename(p, p + token)):
                attempt("removed " + path, act, path)
        attempt("renamed /usr", os.rename, "/usr", "/" + token)
        """,
    ),
    Attack(
        "settings of the kernel",
        "open settings of the kernel for writing",
        """
        for top in ("/proc/sys", "/sys"):
            for folder, _, names in os.walk(top):
                for name in names:
                    try: os.close(os.open(os.path.join(folder, name), os.O_WRONLY))
                    except OSError: continue
                    escaped("can write " + os.path.join(folder, name))
        for name in ("sysrq-trigger", "kcore", "kmsg", "1/oom_score_adj", "1/mem"):
            attempt("can write /proc/" + name, os.open, "/proc/" + name, os.O_WRONLY)
        """,
    ),
    Attack(
        "the host's processes",
        "see, stop and kill a process of this machine",
        """
        for pid in (p for p in os.listdir("/proc") if p.isdigit()):
            try: say(open("/proc/%s/cmdline" % pid).read()[-200:])
            except OSError: pass
        for number in (signal.SIGSTOP, signal.SIGKILL):
            attempt("sent a signal to a process of this machine", os.kill, g["victim"], number)
        """,
        harmless=True,
    ),
    Attack(
        "killing everything",
        "kill every process that can be seen, and the test worker",
        """
        if os.fork() == 0:
            os.setsid()
            for pid in sorted(int(p) for p in os.listdir("/proc") if p.isdigit()):
                for number in (signal.SIGSTOP, signal.SIGKILL):
                    try: os.kill(pid, number)
                    except OSError: pass
            os.kill(-1, signal.SIGKILL)
        time.sleep(1)
        """,
        killed=True,
        drive=_with_worker,
    ),
    Attack(
        "links that lead out",
        "have fixit read a file of this machine through a link that was left behind",
        """
        os.chdir(g["workdir"])
        os.makedirs("leads-out/deep")
        key = g["keys"][0]
        os.symlink(key, "leads-out/link")
        os.symlink(os.path.dirname(key), "leads-out/folder")
        os.symlink("../../" * 20 + key[1:], "leads-out/deep/link")
        os.symlink("/etc/passwd", g["scratch"] + "/report.xml")
        attempt("hard linked a file of this machine", os.link, key, "leads-out/hard")
        """,
        drive=_links_out,
    ),
    Attack(
        "links that lead in",
        "have fixit write and delete files of this machine through links",
        """
        os.chdir(g["workdir"])
        os.mkdir("leads-in")
        os.symlink(g["folder"] + "/victim", "leads-in/file")
        os.symlink(g["folder"], "leads-in/folder")
        open("leads-in/first", "w").write("1")
        os.link("leads-in/first", "leads-in/second")
        """,
        drive=_links_in,
    ),
    Attack(
        "folders that become links",
        "swap a folder for a link while fixit writes into it",
        """
        os.chdir(g["workdir"])
        os.symlink(g["folder"], "link")
        until = time.time() + 1.5
        while time.time() < until:
            for a, b in (("swapped", "aside"), ("link", "swapped"), ("swapped", "link"),
                         ("aside", "swapped")):
                try: os.rename(a, b)
                except OSError: pass
        """,
        limits=RunLimits(wall_s=10.0, cpu_s=10.0, memory_mb=MEMORY_MB),
        killed=True,  # by fixit's own command, where that takes all of a container
        drive=_swapped,
    ),
)
