import pytest

from workshop.reading import read_plan

HORSE = """
paint 30: glue
glue 15: saw, sand
saw 20
sand 25: saw
mane 10
"""


@pytest.fixture
def horse():
    return read_plan(HORSE)
