"""What holds for all tests: properties are checked however long a busy machine takes."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fixit", deadline=None)
settings.load_profile("fixit")
