"""From a model's reply to whole new texts of files, or to what the model should be told."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fixit_runtime.agent.errors import PatchRefused
from fixit_runtime.tools.edit_blocks import FORMAT, Edit, EditProblem, parse, render
from fixit_runtime.tools.edit_match import NotOnce, replace_once
from fixit_runtime.tools.source import BOM, parsable, split_lines, to_bytes

Read = Callable[[str], str | None]
"""The text of a file by its path; None where there is no file. May raise PatchRefused."""


@dataclass(frozen=True, slots=True)
class AppliedEdits:
    """The whole new text of every file that the edits change, by path."""

    files: Mapping[str, str]


def apply_reply(reply: str, read: Read) -> AppliedEdits | tuple[EditProblem, ...]:
    """Apply all blocks of a reply in order, or none.

    A file is looked up by its path as written; whether it may be changed is not decided here
    (`protect`). Every changed Python file that could be compiled before still can.
    """
    parsed = list(parse(reply))
    edits = [edit for edit in parsed if isinstance(edit, Edit)]
    problems = [problem for problem in parsed if isinstance(problem, EditProblem)]
    texts: dict[str, str] = {}
    before: dict[str, str | None] = {}
    for edit in edits:
        found = _looked_up(edit.path, read)
        if isinstance(found, EditProblem):
            problems.append(found)
            continue
        path, original = found
        before.setdefault(path, original)
        changed = apply_edit(edit, texts.get(path, original))
        if isinstance(changed, EditProblem):
            problems.append(changed)
        else:
            texts[path] = changed
    files = {path: text for path, text in texts.items() if text != before[path]}
    if not problems:
        checks = (broken(path, text, before[path]) for path, text in files.items())
        problems = [problem for problem in checks if problem]
    if not problems and not files:
        problems = [EditProblem("", "The edits change nothing.")]
    return tuple(problems) if problems else AppliedEdits(files)


def apply_edit(edit: Edit, text: str | None) -> str | EditProblem:
    """The new text of the edit's file, whose text now is `text` (None: there is no file)."""
    wanted = any(line.strip() for line in edit.search)
    if text is None or not text.strip():
        if wanted:
            return EditProblem(edit.path, "There is no such file, or it is empty." + _NEW_FILE)
        return "".join(f"{line}\n" for line in edit.replace)
    if not wanted:
        return EditProblem(edit.path, "The SEARCH part is empty, but the file exists.")
    mark = BOM if text.startswith(BOM) else ""
    replaced = replace_once(text.removeprefix(BOM), edit.search, edit.replace)
    if isinstance(replaced, NotOnce):
        return _not_once(edit, replaced)
    return mark + replaced


def broken(path: str, text: str, before: str | None) -> EditProblem | None:
    """What is wrong with a new text as such: it cannot be compiled, or not be written.

    A file that could not be compiled before (it is for another Python) is not held to it.
    """
    try:
        to_bytes(text)
    except ValueError as error:
        return EditProblem(path, f"The new text cannot be written: {error}.")
    if not path.endswith(".py") or (before and syntax_error(before, path)):
        return None
    wrong = syntax_error(text, path)
    return EditProblem(path, f"The edited file is not valid Python: {wrong}") if wrong else None


def syntax_error(source: str, path: str = "<source>") -> str:
    """Why this is not Python, with the line; "" if it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the compiled code, not of ours
            compile(parsable(source), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        number, lines = error.lineno or 0, split_lines(source)
        line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        return f"line {number}: {error.msg}" + (f": {line}" if line else "")
    except (ValueError, RecursionError, MemoryError) as error:
        return f"it cannot be compiled ({error or type(error).__name__})"
    return ""


def explain(problems: Sequence[EditProblem]) -> str:
    """What to tell the model before it tries again."""
    told = "\n\n".join(f"- {problem}" for problem in problems)
    return f"None of the edits was applied:\n\n{told}\n\n{FORMAT}"


_NEW_FILE = " A new file takes an empty SEARCH part."


def _looked_up(path: str, read: Read) -> tuple[str, str | None] | EditProblem:
    """The path and the text of the file that is meant. Where a path with spaces is no file,
    its last word is tried: the line was a sentence."""
    try:
        text = read(path)
        if text is None and " " in path:
            path = path.split()[-1]
            text = read(path)
            if text is None:
                return EditProblem(path, "There is no such file: write its path alone on a line.")
    except PatchRefused as error:
        return EditProblem(path, f"{error.message}.")
    return path, text


def _not_once(edit: Edit, found: NotOnce) -> EditProblem:
    if found.lines:
        where = ", ".join(map(str, found.lines[:10]))
        return EditProblem(
            edit.path,
            f"The SEARCH lines occur {len(found.lines)} times (at lines {where}): add lines "
            "around them so that they occur once.",
        )
    first = next(line.strip() for line in edit.search if line.strip())
    return EditProblem(
        edit.path,
        f"The SEARCH lines (from {first!r:.80}) do not occur in the file. Copy whole lines "
        "from it exactly.",
        found.shown,
    )


__all__ = [
    "FORMAT",
    "AppliedEdits",
    "Edit",
    "EditProblem",
    "apply_edit",
    "apply_reply",
    "broken",
    "explain",
    "parse",
    "render",
    "syntax_error",
]
