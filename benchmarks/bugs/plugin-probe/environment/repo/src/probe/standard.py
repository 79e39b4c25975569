"""Plugins that everybody has."""

from __future__ import annotations

from probe.plugin import Editor, Plugin


def _setup_case(editor: Editor) -> None:
    editor.commands["upper"] = str.upper
    editor.commands["lower"] = str.lower


def _setup_keys(editor: Editor) -> None:
    for number, command in enumerate(sorted(editor.commands), start=1):
        editor.shortcuts[f"F{number}"] = command


CASE = Plugin("case", _setup_case)
KEYS = Plugin("keys", _setup_keys, after=("case",))
