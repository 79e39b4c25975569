import pytest

from groups.directory import Directory
from groups.rights import Rights


@pytest.fixture
def directory():
    directory = Directory()
    directory.put("ada", "joiners")
    directory.put("pip", "apprentices")
    directory.put("apprentices", "joiners")
    directory.put("joiners", "staff")
    directory.put("staff", "house")
    directory.put("vera", "visitors")
    return directory


@pytest.fixture
def rights(directory):
    return Rights(directory)
