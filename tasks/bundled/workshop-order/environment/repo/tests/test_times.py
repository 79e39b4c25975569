import pytest

from workshop import Plan
from workshop.job import Job
from workshop.reading import read_plan
from workshop.tools import tools_for


def test_when_a_job_can_begin(horse):
    assert horse.earliest("saw") == 0
    assert horse.earliest("glue") == 45
    assert horse.earliest("paint") == 60


def test_how_long_the_horse_takes(horse):
    assert horse.minutes() == 90
    assert Plan().minutes() == 0


def test_tools_in_the_order_of_need():
    plan = Plan(
        [
            Job("drill", tool="drill", after=("mark",)),
            Job("mark", tool="pencil"),
            Job("sign", tool="pencil"),
            Job("rest"),
        ]
    )

    assert tools_for(plan) == ["pencil", "drill"]


@pytest.mark.parametrize("line", ["glue", "15", "glue soon: saw"])
def test_half_a_line_is_refused(line):
    with pytest.raises(ValueError, match="not a job"):
        read_plan(line)
