"""How long a test run takes: a new interpreter for each, against the warm worker.

A part of `sandbox.py`.

Ways to run the same tests take turns, so that load on the machine meets all of them; figures are
medians. `docker exec` is the CLI's `docker exec CONTAINER python -m pytest -q` in a container
with the same limits; `cold` is fixit's own run with a new interpreter. The heavy project imports
a package outside the repository that was made for this: thirty modules of dataclasses, whose
import time in a new interpreter is printed beside it.
"""

from __future__ import annotations

import compileall
import contextlib
import io
import shutil
import subprocess
import tarfile
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

from fixit_runtime.agent.seams import Outcome, RunLimits, Sandbox
from fixit_runtime.sandboxes.docker import DockerSandbox
from fixit_runtime.sandboxes.local import LocalSandbox
from fixit_runtime.sandboxes.snapshot import Snapshot
from fixit_runtime.sandboxes.tree import usage_of
from fixit_runtime.tools.pytest_run import PytestCommand
from fixit_runtime.tools.warm import WarmCommand

IMAGE = "fixit-base:dev"
HEAVY_IMAGE = "fixit-bench-heavy:dev"
# plugins that happen to be installed here would make the cold runs slower, and the ratios better
COMMAND = PytestCommand(env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
LIMITS = RunLimits(wall_s=60.0, cpu_s=20.0)
NUMBERS = '''"""Numbers."""


def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return low
    return value


def mean(values):
    return sum(values) / len(values)
'''
TESTS = """
from numbers_of_ours import clamp, mean
def test_inside(): assert clamp(3, 1, 5) == 3
def test_low(): assert clamp(0, 1, 5) == 1
def test_high(): assert clamp(9, 1, 5) in (1, 5)
def test_mean(): assert mean([1, 2, 3]) == 2
"""
RED = "from numbers_of_ours import clamp\ndef test_clamps(): assert clamp(9, 1, 5) == 5\n"
# run by the interpreter that is to have the package
MAKE_HEAVY = """
import compileall, pathlib, sysconfig
folder = pathlib.Path(sysconfig.get_path("purelib"), "heavy_for_bench")
folder.mkdir(exist_ok=True)
for number in range(30):
    lines = ["from dataclasses import dataclass"]
    for name in range(10):
        lines += ["@dataclass(frozen=True, order=True)", f"class C{name}:"]
        lines += [f"    field_{n}: int = {n}" for n in range(6)]
    (folder / f"part_{number}.py").write_text("\\n".join(lines) + "\\n")
imports = [f"from heavy_for_bench import part_{n}" for n in range(30)]
(folder / "__init__.py").write_text("\\n".join(imports) + "\\n")
compileall.compile_dir(folder, quiet=1)
"""
TIME_HEAVY = (
    "import time; t = time.perf_counter(); import heavy_for_bench; print(time.perf_counter() - t)"
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians of one project in one sandbox, in seconds. `ratio` is of the slowest way to warm;
    `import_s` what importing its dependencies takes."""

    sandbox: str
    project: str
    repeats: int
    import_s: float
    seconds: Mapping[str, float]
    ratio: float


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch of candidates, of which one is right."""

    sandbox: str
    candidates: int
    cpu_s: float
    wall_s: float
    found: int

    @property
    def per_cpu_s(self) -> float:
        return self.candidates / self.cpu_s


@dataclass(frozen=True, slots=True)
class Idle:
    """A worker that has imported pytest and nothing else. `sandbox_bytes` is all that the
    container holds, or the processes under bubblewrap; `least_fork_s` the fastest fork."""

    sandbox: str
    repeats: int
    fork_s: float
    least_fork_s: float
    worker_bytes: int
    sandbox_bytes: int


def project(root: Path, *, heavy: bool) -> Snapshot:
    """Four tests on two small functions, and a red one."""
    root.mkdir(parents=True)
    (root / "numbers_of_ours.py").write_text(NUMBERS)
    (root / "test_numbers.py").write_text(("import heavy_for_bench\n" if heavy else "") + TESTS)
    (root / "red").mkdir()
    (root / "red" / "test_red.py").write_text(RED)
    return Snapshot.of(root)


def interleaved(ways: Mapping[str, Callable[[], None]], repeats: int) -> dict[str, float]:
    """The median seconds of each way; they take turns. The first turn is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if turn:
                taken[name].append(time.perf_counter() - begun)
    return {name: median(times) for name, times in taken.items()}


@contextmanager
def docker_sandbox(snapshot: Snapshot, image: str) -> Iterator[DockerSandbox]:
    sandbox = DockerSandbox(snapshot, image=image)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.close()


def docker_exec(sandbox: DockerSandbox) -> Callable[[], None]:
    """The CLI's way into the same kind of container."""
    assert sandbox._container is not None
    command = ["docker", "exec", "-u", "1000", "-w", sandbox.workdir, "-e", "HOME=/work/scratch"]
    command += [str(sandbox._container.id), sandbox.python, "-m", "pytest", "-q", "test_numbers.py"]

    def run() -> None:
        done = subprocess.run(command, capture_output=True, text=True)
        if "4 passed" not in done.stdout:
            raise SystemExit(f"docker exec failed: {done.stdout}{done.stderr}")

    return run


def fixits_way(command: PytestCommand | WarmCommand, sandbox: Sandbox) -> Callable[[], None]:
    def run() -> None:
        result = command.run(sandbox, ["test_numbers.py"], limits=LIMITS)
        if len(result.with_outcome(Outcome.PASSED)) != 4:
            raise SystemExit(f"the tests do not pass: {result.output}")

    return run


def import_seconds(sandbox: Sandbox) -> float:
    """Of the heavy package, in a new interpreter; the best of three."""
    seen = [sandbox.run([sandbox.python, "-c", TIME_HEAVY]).output for _ in range(3)]
    return min(float(text) for text in seen)


def speed_in(
    sandbox: Sandbox, exec_way: Callable[[], None] | None, *, heavy: bool, repeats: int
) -> Speed:
    """Cold against warm, with `docker exec` where there is one."""
    with WarmCommand(COMMAND) as warm:
        warm.run(sandbox, limits=LIMITS)
        ways = {"docker exec": exec_way} if exec_way is not None else {}
        ways |= {"cold": fixits_way(COMMAND, sandbox), "warm": fixits_way(warm, sandbox)}
        seconds = interleaved(ways, repeats)
        if warm.cold_runs:
            raise SystemExit(f"a run was not warm: {warm.why_cold}")
    return Speed(
        sandbox=sandbox.name,
        project="heavy imports" if heavy else "four tests",
        repeats=repeats,
        import_s=import_seconds(sandbox) if heavy else 0.0,
        seconds=seconds,
        ratio=seconds["docker exec" if exec_way is not None else "cold"] / seconds["warm"],
    )


def batch_in(sandbox: Sandbox, count: int) -> Batch:
    """Candidates for the red test that differ in one function, the last but one right."""

    def candidate(number: int) -> dict[str, str | None]:
        new = "return high" if number == count - 2 else f"return low - {number}"
        return {
            "numbers_of_ours.py": NUMBERS.replace(
                "high:\n        return low", f"high:\n        {new}"
            )
        }

    with WarmCommand(COMMAND) as warm:
        warm.run(sandbox, limits=LIMITS)
        begun = time.perf_counter()
        candidates = [candidate(number) for number in range(count)]
        runs = list(warm.run_candidates(sandbox, candidates, ["red/test_red.py"], limits=LIMITS))
        wall_s = time.perf_counter() - begun
    found = sum(bool(run.with_outcome(Outcome.PASSED)) for run in runs)
    return Batch(sandbox.name, count, sum(run.cpu_s for run in runs), wall_s, found)


def idle_in(sandbox: Sandbox, repeats: int) -> Idle:
    """After a test that imports nothing."""
    sandbox.put({"test_nothing.py": b"def test(): pass\n"})
    with WarmCommand(COMMAND) as warm:
        warm.run(sandbox, ["test_nothing.py"], limits=LIMITS)
        forks = [warm.fork_only(sandbox) for _ in range(repeats + 1)][1:]
        held = held_bytes(sandbox)
    sandbox.put({"test_nothing.py": None})
    times = [fork.wall_s for fork in forks]
    least, worker_bytes = min(times), forks[-1].resident_bytes
    return Idle(sandbox.name, repeats, median(times), least, worker_bytes, held)


def held_bytes(sandbox: Sandbox) -> int:
    """Memory of a sandbox in which nothing but the worker runs."""
    if isinstance(sandbox, DockerSandbox):
        return container_bytes(sandbox)
    assert isinstance(sandbox, LocalSandbox)
    return usage_of(sandbox._spawned[-1]._launched._outside.pid).resident_bytes


def container_bytes(sandbox: DockerSandbox) -> int:
    """As `docker stats` counts: without what could be dropped from the page cache."""
    assert sandbox._container is not None
    stats: Any = sandbox._container.stats(stream=False)
    memory = stats["memory_stats"]
    parts = memory["stats"]
    return int(memory["usage"] - parts.get("total_inactive_file", parts.get("inactive_file", 0)))


def build_heavy_image() -> None:
    """The base image with the heavy package; nothing is downloaded."""
    import docker

    context = io.BytesIO()
    dockerfile = f"FROM {IMAGE}\nCOPY make.py /make.py\nRUN python /make.py\n"
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, text in (("Dockerfile", dockerfile), ("make.py", MAKE_HEAVY)):
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    context.seek(0)
    client = docker.from_env()
    try:
        client.images.build(
            fileobj=context, custom_context=True, tag=HEAVY_IMAGE, network_mode="none", rm=True
        )
    finally:
        client.close()


def heavy_environment(folder: Path) -> Path:
    """A virtual environment with this interpreter's pytest and the heavy package; its Python."""
    venv.create(folder, symlinks=True, system_site_packages=False)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-c", MAKE_HEAVY], check=True)
    where = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    own = Path(subprocess.check_output(where, text=True).strip())
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        for file in metadata.files(name) or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                (own / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), own / file)
    compileall.compile_dir(own, quiet=1)
    return python


def in_docker(base: Path, repeats: int, count: int) -> Iterator[Speed | Batch | Idle]:
    build_heavy_image()
    for heavy, image in ((False, IMAGE), (True, HEAVY_IMAGE)):
        snapshot = project(base / f"docker-{heavy}", heavy=heavy)
        # two containers: what pytest caches in one must not help the other
        with docker_sandbox(snapshot, image) as one, docker_sandbox(snapshot, image) as other:
            yield speed_in(one, docker_exec(other), heavy=heavy, repeats=repeats)
            if not heavy:
                yield batch_in(one, count)
    with docker_sandbox(project(base / "docker-idle", heavy=False), IMAGE) as sandbox:
        yield idle_in(sandbox, repeats)


def in_local(base: Path, repeats: int, count: int) -> Iterator[Speed | Batch | Idle]:
    python = heavy_environment(base / "environment")
    for heavy in (False, True):
        snapshot = project(base / f"local-{heavy}", heavy=heavy)
        sandbox = LocalSandbox(snapshot, python=python)
        with contextlib.closing(sandbox):
            sandbox.start()
            yield speed_in(sandbox, None, heavy=heavy, repeats=repeats)
            if not heavy:
                yield batch_in(sandbox, count)
                yield idle_in(sandbox, repeats)


def line_of(row: Speed | Batch | Idle) -> str:
    if isinstance(row, Speed):
        times = ", ".join(f"{name} {s * 1000:.0f} ms" for name, s in row.seconds.items())
        imports = f" (import {row.import_s * 1000:.0f} ms)" if row.import_s else ""
        return f"{row.sandbox}  {row.project}{imports}: {times}; {row.ratio:.1f}x, n={row.repeats}"
    if isinstance(row, Batch):
        rate = f"{row.per_cpu_s:.0f} per CPU second, {row.candidates / row.wall_s:.0f} per second"
        return f"{row.sandbox}  {row.candidates} candidates: {rate}, {row.found} right"
    fork = f"fork and back {row.fork_s * 1000:.1f} ms (least {row.least_fork_s * 1000:.1f})"
    worker = f"worker {row.worker_bytes / 2**20:.0f} MiB"
    held = f"sandbox {row.sandbox_bytes / 2**20:.0f} MiB"
    return f"{row.sandbox}  idle: {fork}, {worker}, {held}, n={row.repeats}"


def measure(only: Sequence[str], *, quick: bool) -> Iterator[Speed | Batch | Idle]:
    """All rows of the kinds of sandbox that are asked for, as they come."""
    repeats, count = (12, 200) if quick else (25, 1000)
    with tempfile.TemporaryDirectory(prefix="fixit-bench-") as folder:
        if "docker" in only:
            yield from in_docker(Path(folder).resolve(), repeats, count)
        if "local" in only:
            yield from in_local(Path(folder).resolve(), repeats, count)
