"""`fixit doctor`: what is here, what each sandbox holds against attacks tried just now, and what
to install. Examines, and renders as text or JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from fixit_runtime.agent.action.forgery import REPOSITORY, try_forgeries
from fixit_runtime.agent.action.worker_attacks import try_worker
from fixit_runtime.agent.config import Settings
from fixit_runtime.agent.errors import SandboxError
from fixit_runtime.agent.seams import Sandbox
from fixit_runtime.sandboxes.attacks import Finding, Held
from fixit_runtime.sandboxes.choose import make_docker, make_local
from fixit_runtime.sandboxes.daemon import check_docker
from fixit_runtime.sandboxes.doctor import NOT_COVERED, Check, Examined, checks, examine
from fixit_runtime.sandboxes.images import env_images
from fixit_runtime.sandboxes.interpreter import find_python
from fixit_runtime.sandboxes.snapshot import Snapshot

_NO_IMAGE = (
    "no image was named to try it on",
    "Name one that has Python and pytest with --image NAME, or `fixit run --sandbox docker` once.",
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor found. `chosen` is the kind of sandbox that a run would use here."""

    checks: tuple[Check, ...]
    chosen: str
    examined: tuple[Examined, ...]

    @property
    def ok(self) -> bool:
        """Whether the chosen sandbox can do what it promises; `unsafe-local` promises nothing."""
        holds = (one.holds for one in self.examined if one.kind == self.chosen)
        return self.chosen == "unsafe-local" or next(holds, False)

    @property
    def exit_code(self) -> int:
        return 0 if self.ok else SandboxError.exit_code


def diagnose(
    root: Path,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    say: Callable[[str], None] = lambda _: None,
) -> Diagnosis:
    """Try every attack on the kind of sandbox that the settings choose; for `auto`, on each.

    Raises:
        UsageError: the interpreter that was asked for is none.
    """
    python = find_python(root, settings.python, environ, say)
    image = settings.image or _any_image(settings.base_image)

    def local(snapshot: Snapshot) -> Sandbox:
        return make_local(snapshot, python)()

    def docker(snapshot: Snapshot) -> Sandbox:
        if image is None:
            raise SandboxError(_NO_IMAGE[0], hint=_NO_IMAGE[1])
        return make_docker(snapshot, image)()

    makers = {"docker": docker, "local": local}
    wanted = [kind for kind in makers if settings.sandbox in ("auto", kind)]
    examined = [
        examine(kind, makers[kind], REPOSITORY, more=_on_verdicts, say=say) for kind in wanted
    ]
    return Diagnosis(checks(), _chosen(settings), tuple(examined))


def _on_verdicts(sandbox: Sandbox, fresh: Callable[[], Sandbox]) -> Iterator[Finding]:
    yield from try_worker(sandbox)
    yield from try_forgeries(sandbox, fresh)


def render(diagnosis: Diagnosis) -> str:
    """As a person reads it."""
    parts = [
        "What is here\n" + "\n".join(_check(check) for check in diagnosis.checks),
        _table(diagnosis.examined),
        "Not covered by any sandbox\n" + "\n".join(_item(text) for text in NOT_COVERED),
        _verdict(diagnosis),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def to_json(diagnosis: Diagnosis) -> str:
    """`fixit.doctor/1`."""
    return json.dumps(
        {
            "schema": "fixit.doctor/1",
            "ok": diagnosis.ok,
            "chosen": diagnosis.chosen,
            "checks": [asdict(check) for check in diagnosis.checks],
            "sandboxes": [{**asdict(one), "holds": one.holds} for one in diagnosis.examined],
            "not_covered": NOT_COVERED,
        },
        indent=2,
    )


def _any_image(base_image: str | None) -> str | None:
    """An image that the Docker sandbox may be tried on, where none was named: the one to build
    on, or one that was built for a repository. Nothing is built or downloaded for it."""
    try:
        names = env_images()
    except SandboxError:
        return base_image
    return base_image or next(iter(names), None)


def _chosen(settings: Settings) -> str:
    """As `choose` decides for a run with these settings."""
    if settings.sandbox != "auto":
        return settings.sandbox
    if settings.image is None:
        return "local"
    try:
        check_docker(settings.image)
    except SandboxError:
        return "local"
    return "docker"


def _check(check: Check) -> str:
    line = _wrapped(f"  {check.state:<8} {check.what:<15} ", check.seen)
    return line + ("\n" + _wrapped(f"{'':<27}-> ", check.advice) if check.advice else "")


def _table(examined: tuple[Examined, ...]) -> str:
    tried = [one for one in examined if one.findings]
    lines = ["What the sandboxes hold: code that was run in them just now"]
    for one in examined:
        if one.failure:
            lines.append(f"  {one.kind} could not be tried: {one.failure}")
            lines += [f"    -> {one.advice}"] if one.advice else []
    if tried:
        lines.append(f"  {''.join(f'{one.kind:<10}' for one in tried)}the code tries to")
    found = [{f.attack: f for f in one.findings} for one in tried]
    for attack, any_of in {name: f for by_name in found for name, f in by_name.items()}.items():
        cells = [by_name[attack].held if attack in by_name else Held.UNKNOWN for by_name in found]
        row = "  " + "".join(f"{cell:<10}" for cell in cells)
        lines.append(_wrapped(row, f"{attack}: {any_of.tries}"))
    for one in tried:
        wrong = [f for f in one.findings if f.held is not Held.YES]
        lines += [f"  {one.kind}, {f.attack}: {f.held}: {f.seen}" for f in wrong]
    return "\n".join(lines)


def _wrapped(begin: str, text: str) -> str:
    return textwrap.fill(
        text,
        98,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_on_hyphens=False,  # of commands to be copied
        break_long_words=False,
    )


def _item(text: str) -> str:
    return _wrapped("  - ", text)


def _verdict(diagnosis: Diagnosis) -> str:
    if diagnosis.chosen == "unsafe-local":
        return "The chosen sandbox, unsafe-local, isolates nothing and promises nothing."
    one = next(one for one in diagnosis.examined if one.kind == diagnosis.chosen)
    if one.holds:
        return f"The chosen sandbox, {one.kind}, holds: {len(one.findings)} attacks, none got out."
    why = one.failure or "see the attacks above that were not held, or could not be tried"
    return f"The chosen sandbox, {one.kind}, cannot do what it promises: {why}."
