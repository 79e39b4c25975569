"""Attacks that take more than their share: processes, memory, disk, time, output."""

from __future__ import annotations

from fixit_runtime.agent.seams import RunLimits
from fixit_runtime.sandboxes.attacks import MEMORY_MB, Attack

_SHORT = RunLimits(wall_s=1.0, cpu_s=20.0, memory_mb=MEMORY_MB)

RESOURCES = (
    Attack(
        "fork bomb",
        "fill the machine with processes",
        """
        while True:
            try: os.fork()
            except OSError: pass
        """,
        limits=_SHORT,
        killed=True,
    ),
    Attack(
        "memory bomb",
        "take 4 GB of memory in one process",
        """
        held = []
        for _ in range(400):
            held.append(b"x" * 10_000_000)
        escaped("4 GB of memory")
        """,
        killed=True,
    ),
    Attack(
        "memory bomb in many processes",
        "take 4 GB of memory in 32 processes, each below the limit",
        """
        for _ in range(5): os.fork()
        held = [b"x" * 1_000_000 for _ in range(125)]
        time.sleep(2)
        """,
        limits=RunLimits(wall_s=6.0, cpu_s=20.0, memory_mb=MEMORY_MB),
        killed=True,
    ),
    Attack(
        "memory in files",
        "take memory as files of /tmp, /var/tmp and /dev/shm",
        """
        for place in own[2:]:
            for number in range(20):
                try:
                    with open("%s/%s/%d" % (place, token, number), "wb", 0) as file:
                        for _ in range(100): file.write(b"x" * 1_000_000)
                except OSError: break
        """,
        killed=True,
    ),
    Attack(
        "memory that no process shows",
        "take memory as files without a name, as shared segments, in pipes and sockets",
        """
        held = []
        for number in range(20):
            try: held.append(os.memfd_create("x"))
            except (OSError, AttributeError): break
            try:
                for _ in range(100): os.write(held[-1], b"x" * 1_000_000)
            except OSError: pass
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmat.restype = ctypes.c_void_p
        for _ in range(20):
            segment = libc.shmget(0, 100_000_000, 0o1600)
            if segment == -1: break
            at = libc.shmat(segment, None, 0)
            if at in (None, ctypes.c_void_p(-1).value): break
            ctypes.memset(at, 1, 100_000_000)
            libc.shmdt(ctypes.c_void_p(at))
        for _ in range(200):
            try: a, b = socket.socketpair()
            except OSError: break
            a.setblocking(False); held += [a, b]
            try:
                while True: a.send(b"x" * 100_000)
            except OSError: pass
        """,
        killed=True,
    ),
    Attack(
        "filling the disk",
        "write 6 GB in files of 100 MB",
        """
        for number in range(60):
            try:
                with open("%s/%s/%d" % (own[number % 2], token, number), "wb", 0) as file:
                    for _ in range(100): file.write(b"x" * 1_000_000)
            except OSError: pass
        """,
        killed=True,
    ),
    Attack(
        "reserving the disk",
        "reserve 40 GB without writing, and swell files by writing at their ends",
        """
        for number in range(100):
            try:
                fd = os.open("r%d" % number, os.O_CREAT | os.O_RDWR)
                os.posix_fallocate(fd, 0, 400_000_000)
            except OSError: pass
            finally: os.close(fd)
        """,
        killed=True,
    ),
    Attack(
        "one huge file",
        "make a file of 1 TB with holes",
        """
        fd = os.open("huge", os.O_CREAT | os.O_WRONLY)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        attempt("made a file of 1 TB", os.ftruncate, fd, 10 ** 12)
        """,
    ),
    Attack(
        "100,000 small files",
        "leave 100,000 small files behind",
        """
        for number in range(100_000):
            try:
                if number % 1000 == 0: os.mkdir("d%d" % number)
                open("d%d/%d" % (number - number % 1000, number), "w").close()
            except OSError: break
        """,
        limits=RunLimits(wall_s=40.0, cpu_s=40.0, memory_mb=MEMORY_MB),
        killed=True,
    ),
    Attack(
        "a zip bomb",
        "unpack a small archive that holds 4 GB",
        """
        import zipfile
        with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
            with bomb.open("0", "w", force_zip64=True) as inner:
                for _ in range(100): inner.write(b"0" * 1_000_000)
            one = bomb.infolist()[0]
        data = zipfile.ZipFile("bomb.zip")
        for number in range(40):
            try:
                with data.open("0") as inner, open("out%d" % number, "wb") as out:
                    while True:
                        piece = inner.read(1_000_000)
                        if not piece: break
                        out.write(piece)
            except OSError: pass
        """,
        limits=RunLimits(wall_s=20.0, cpu_s=20.0, memory_mb=MEMORY_MB),
        killed=True,
    ),
    Attack(
        "great depth",
        "nest folders deeper than a path can name, and close them",
        """
        for _ in range(2500):
            os.mkdir("d"); os.chdir("d")
        os.mkdir("closed", 0)
        """,
        killed=True,
    ),
    Attack(
        "many open files",
        "open 100,000 files",
        """
        try:
            for _ in range(100_000): os.dup(0)
            escaped("100,000 open files")
        except OSError: pass
        """,
    ),
    Attack(
        "a flood of output",
        "write without end",
        """
        data = b"x" * 65536
        while True: os.write(1, data)
        """,
        limits=RunLimits(wall_s=1.0, cpu_s=20.0, memory_mb=MEMORY_MB, output_bytes=100_000),
        killed=True,
    ),
    Attack(
        "a hang",
        "hang, and ignore every signal that can be ignored",
        """
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        for _ in range(2):
            if os.fork() == 0: os.setsid()
        while True: time.sleep(600)
        """,
        limits=_SHORT,
        killed=True,
    ),
    Attack(
        "a hang in the kernel",
        "wait in the kernel for a child that never begins, where no signal but one ends it",
        """
        os.mkfifo("never")
        first = (os.POSIX_SPAWN_OPEN, 0, "never", os.O_RDONLY, 0)
        os.posix_spawn(sys.executable, [sys.executable, token], os.environ, file_actions=[first])
        """,
        limits=_SHORT,
        killed=True,
    ),
    Attack(
        "daemons",
        "leave processes behind that have left its group and session",
        """
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    sleep = "import time; time.sleep(600)"
                    os.execv(sys.executable, [sys.executable, "-c", sleep, token])
                os._exit(0)
        time.sleep(0.3)
        """,
    ),
)
