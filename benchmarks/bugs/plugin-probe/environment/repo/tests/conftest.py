import pytest

from probe.plugin import Editor
from probe.registry import Registry


@pytest.fixture
def editor():
    return Editor()


@pytest.fixture
def registry():
    return Registry()
