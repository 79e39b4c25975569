import pytest

from dock.scheduler import Scheduler


@pytest.fixture
def scheduler():
    return Scheduler()
