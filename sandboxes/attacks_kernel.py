"""Attacks on the kernel, and on what keeps the sandbox apart from it."""

from __future__ import annotations

from fixit_runtime.sandboxes.attacks import Attack

# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)

KERNEL = (
    Attack(
        "capabilities",
        "find a right that the kernel gives to root alone",
        """
        lines = dict(x.split(":", 1) for x in open("/proc/self/status") if ":" in x)
        for kind in ("Inh", "Prm", "Eff", "Amb"):
            if int(lines["Cap" + kind], 16): escaped("has capabilities: " + lines["Cap" + kind])
        if lines["NoNewPrivs"].strip() != "1": escaped("may gain rights")
        if lines["Seccomp"].strip() != "2": escaped("has no system call filter")
        if "0" in lines["Uid"].split() + lines["Gid"].split(): escaped("is root")
        attempt("became root", os.setuid, 0)
        attempt("changed its groups", os.setgroups, [0])
        attempt("changed the clock", time.clock_settime, time.CLOCK_REALTIME, time.time())
        attempt("changed the host's name", socket.sethostname, token)
        attempt("has a higher priority", os.nice, -5)
        """,
    ),
    Attack(
        "setuid programs",
        "gain rights by programs with the setuid bit, its own or the system's",
        """
        import shutil
        shutil.copy("/usr/bin/env" if os.path.exists("/usr/bin/env") else "/bin/sh", "mine")
        for mode in (0o4755, 0o2755, 0o6755):
            try: os.chmod("mine", mode)
            except OSError: continue
            if not os.path.basename(os.path.realpath("/usr/bin/env")).startswith("busybox"):
                shown = subprocess.run(["./mine", "sh", "-c", "id -u; id -g"], capture_output=True)
                if b"0" in shown.stdout.split(): escaped("a setuid file made it root")
        for program in ("/bin/su", "/usr/bin/sudo", "/usr/bin/newgrp", "/usr/bin/pkexec"):
            if os.path.exists(program):
                try:
                    shown = subprocess.run([program, "-c", "id -u"], capture_output=True, timeout=3,
                                           stdin=subprocess.DEVNULL)
                except (OSError, subprocess.TimeoutExpired): continue
                if shown.stdout.split() == [b"0"]: escaped(program + " made it root")
        """,
    ),
    Attack(
        "device nodes",
        "make and open devices: disks, memory",
        """
        disks, memory = [(8, 0), (254, 0), (7, 0)], [(1, 1), (1, 2)]
        for kind, numbers in ((stat.S_IFBLK, disks), (stat.S_IFCHR, memory)):
            for place in own:
                for major, minor in numbers:
                    attempt("made a device", os.mknod, place + "/" + token + "/dev", 0o666 | kind,
                            os.makedev(major, minor))
        for name in ("mem", "kmem", "port", "kmsg", "sda", "vda", "loop0", "fuse", "kvm"):
            attempt("opened /dev/" + name, open, "/dev/" + name, "rb")
        for name in os.listdir("/dev"):
            if stat.S_ISBLK(os.lstat("/dev/" + name).st_mode): escaped("sees the disk " + name)
        """,
    ),
    Attack(
        "ptrace",
        "look into and change other processes",
        """
        child = os.fork()
        if child == 0:
            time.sleep(20); os._exit(0)
        for request, pid in ((0, 0), (16, child), (0x4206, child), (16, 1)):
            if not fails("ptrace", request, pid, 0, 0): escaped("ptrace %s" % request)
        attempt("read process 1", open, "/proc/1/mem", "rb")
        os.kill(child, signal.SIGKILL)
        """,
    ),
    Attack(
        "io_uring",
        "open io_uring, which goes round system call filters",
        """
        if not fails("syscall", 425, 8, ctypes.create_string_buffer(256)): escaped("io_uring")
        """,
    ),
    Attack(
        "mount",
        "mount, unmount and change the root",
        """
        here = os.getcwd().encode()
        for source, kind, flags in ((b"none", b"tmpfs", 0), (b"/", b"", 4096), (b"x", b"proc", 0)):
            if not fails("mount", source, here, kind, flags, 0): escaped("mounted " + repr(source))
        if not fails("mount", b"none", b"/", b"", 32 | 4096, 0): escaped("made the root writable")
        for place in (b"/proc", b"/tmp", b"/dev", b"/usr"):
            if not fails("umount2", place, 2): escaped("unmounted " + repr(place))
        attempt("changed its root", os.chroot, ".")
        for number in (428, 430, 442):
            if not fails("syscall", number, -100, b"/", 1, 0, 0): escaped("call %s" % number)
        """,
    ),
    Attack(
        "user namespaces",
        "become root in new namespaces of its own",
        f"""
        for flag in {_NAMESPACES!r}:
            if not fails("unshare", flag): escaped("unshare %#x" % flag)
        for command in (["unshare", "-Ur", "true"], ["bwrap", "--ro-bind", "/", "/", "true"]):
            try: done = subprocess.run(command, capture_output=True, timeout=5)
            except (OSError, subprocess.TimeoutExpired): continue
            if done.returncode == 0: escaped(command[0] + " works")
        for kind in ("user", "mnt", "pid", "net"):
            try: fd = os.open("/proc/1/ns/" + kind, os.O_RDONLY)
            except OSError: continue
            if not fails("setns", fd, 0): escaped("entered another " + kind)
        """,
    ),
    Attack(
        "other doors of the kernel",
        "use bpf, keys, performance counters, kernel modules, sockets past the network",
        """
        zero = ctypes.create_string_buffer(256)
        import platform
        numbers = {"x86_64": {"bpf": 321, "keyctl": 250, "add_key": 248, "perf_event_open": 298,
                              "userfaultfd": 323, "finit_module": 313, "kexec_load": 246,
                              "process_vm_readv": 310, "open_by_handle_at": 304},
                   "aarch64": {"bpf": 280, "keyctl": 219, "add_key": 217, "perf_event_open": 241,
                               "userfaultfd": 282, "finit_module": 273, "kexec_load": 104,
                               "process_vm_readv": 270, "open_by_handle_at": 265}}
        libc = ctypes.CDLL(None, use_errno=True)
        for name, number in numbers.get(platform.machine(), {}).items():
            libc.syscall(number, 0, zero, 0, 0, 0)
            if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS): escaped(name)
        for family, kind in ((40, 1), (38, 5), (17, 3), (29, 3), (2, 3)):
            name = "a socket of family %d, kind %d" % (family, kind)
            attempt(name, socket.socket, family, kind)
        """,
    ),
)
