import pytest

from roster.singer import Singer


@pytest.fixture
def choir():
    lines = ["Mette A 171", "Bo B 190", "Ida S 160", "Karl T 190", "Eva S 171", "Jo A 165"]
    return [Singer.read(line) for line in lines]
