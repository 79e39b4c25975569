"""Makes edits of small sources, for the tests of templates."""

from textwrap import dedent

from fixit_runtime.tools.repair.clues import Clues
from fixit_runtime.tools.repair.context import Site
from fixit_runtime.tools.repair.edits import Edit, mutate
from fixit_runtime.tools.repair.module import Module
from fixit_runtime.tools.repair.templates import KINDS

BY_NAME = {kind.name: kind for kind in KINDS}


def made(template: str, code: str, clues: Clues | None = None) -> set[str]:
    """All texts that a template makes of a source, those that do not compile left out."""
    text = dedent(code).lstrip("\n")
    module = Module("m.py", text)
    found: set[str] = set()
    for statement in module.statements:
        site = Site(module, statement, clues or Clues())
        for draft in BY_NAME[template].make(site):
            edit = Edit("m.py", draft.replacements, template, draft.note)
            if mutant := mutate(module.source, edit):
                found.add(mutant.text)
    return found


def has(template: str, code: str, old: str, new: str, clues: Clues | None = None) -> bool:
    """Whether the template makes the source with its only `old` turned into `new`."""
    text = dedent(code).lstrip("\n")
    assert text.count(old) == 1, f"{old!r} must stand in the sample once"
    return text.replace(old, new) in made(template, code, clues)
