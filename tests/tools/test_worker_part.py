"""A part of a file compiles to what the whole file would."""

from pathlib import Path

import pytest

from fixit_runtime.tools.worker_part import Base
from fixit_runtime.tools.worker_swap import changed_functions

TEXT = '''"""Words."""
from __future__ import annotations
import functools; X = 1

@functools.lru_cache
def one(a: Unknown = 1):
    """A text
    of lines."""
    return a + 1

class Two:
    size = 2

    def get(self):
        return self.size + 1

    def put(self, n):
        self.size = n
    def __hidden(self):
        super().__init__()
        return self.__name

    @property
    def shown(self):
        return __class__

def last():
    return [n for n in range(3)]
'''
EDITS = {
    "in a function": ("return a + 1", "return a - 1", ["one"]),
    "a line more": ("        self.size = n", "        if n:\n            self.size = n", ["put"]),
    "a line less": ("    of lines.", "", ["one"]),
    "the last line": ("range(3)", "range(4)", ["last"]),
    "two places": ("size + 1", "size - 1", ["get"]),
    "a class": ("size = 2", "size = 3", None),
    "an import": ("X = 1", "X = 2", None),
    "a new function": ("def last", "def other():\n    return 2\n\ndef last", None),
    "a default": ("= 1):", "= 2):", None),
    "a method's new last line": ("size = n\n", "size = n\n        return n\n", ["put"]),
    "a private name": ("self.__name", "self.__other", ["__hidden"]),
    "a decorated method": ("return __class__", "return __class__.size", ["shown"]),
    "a decorator": ("    @property\n", "", None),
    "two methods": (
        "size + 1\n\n    def put(self, n):\n        self",
        "size\n\n    def put(self, n):\n        self.get().get",
        ["get", "put"],
    ),
    "a method less": ("    def put(self, n):\n        self.size = n\n", "", None),
    "a base class": ("class Two", "class Two(dict)", None),
    "nothing that runs": ("class Two:", "# two\n\nclass Two:", []),
}


@pytest.mark.parametrize(("old", "new", "names"), EDITS.values(), ids=EDITS)
def test_a_part_differs_where_the_whole_does(
    tmp_path: Path, old: str, new: str, names: list[str] | None
) -> None:
    file = tmp_path / "words.py"
    file.write_text(TEXT)
    data = TEXT.replace(old, new).encode()
    base, now = Base(str(file)).compiled(data)
    changed = changed_functions(base, now)
    whole = changed_functions(compile(TEXT, str(file), "exec"), compile(data, str(file), "exec"))
    assert (changed is None) == (whole is None) == (names is None)
    if changed is not None and whole is not None:
        found = [(a.co_name, a.co_firstlineno, b.co_firstlineno) for a, b in changed]
        assert found == [(a.co_name, a.co_firstlineno, b.co_firstlineno) for a, b in whole]
        assert {a.co_name for a, _ in changed} - {"<listcomp>"} == set(names or ())


def test_what_cannot_be_compiled_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "words.py"
    file.write_text(TEXT)
    with pytest.raises(SyntaxError):
        Base(str(file)).compiled(TEXT.replace("return a + 1", "return '''").encode())
