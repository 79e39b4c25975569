import pytest

from workshop import CircularJobs, Plan, UnknownJob
from workshop.job import Job
from workshop.reading import read_plan


def test_a_job_comes_after_those_it_waits_for(horse):
    assert horse.order() == ["saw", "sand", "glue", "paint", "mane"]


def test_jobs_that_wait_for_nothing_keep_their_order():
    assert Plan([Job("b"), Job("a"), Job("c")]).order() == ["b", "a", "c"]


def test_an_empty_plan():
    assert Plan().order() == []


def test_two_ways_to_one_job_are_no_loop():
    plan = read_plan("d 1: b, c\nb 1: a\nc 1: a\na 1")

    assert plan.order() == ["a", "b", "c", "d"]


def test_a_job_that_nobody_described():
    with pytest.raises(UnknownJob, match="varnish"):
        Plan([Job("polish", after=("varnish",))]).order()


def test_a_job_that_waits_for_itself():
    with pytest.raises(CircularJobs) as caught:
        Plan([Job("glue", after=("glue",))]).order()

    assert caught.value.loop == ["glue", "glue"]


def test_two_jobs_that_wait_for_each_other():
    with pytest.raises(CircularJobs, match="glue waits for clamp waits for glue") as caught:
        read_plan("glue 5: clamp\nclamp 5: glue").order()

    assert caught.value.loop == ["glue", "clamp", "glue"]


def test_the_way_into_a_loop_is_no_part_of_it():
    plan = read_plan("saw 5\nshow 1: paint\npaint 5: saw, dry\ndry 60: fan\nfan 5: paint")

    with pytest.raises(CircularJobs) as caught:
        plan.order()

    assert caught.value.loop == ["paint", "dry", "fan", "paint"]


def test_a_plan_can_be_mended(horse):
    horse.add(Job("saw", 20, after=("paint",)))
    with pytest.raises(CircularJobs):
        horse.order()
    horse.add(Job("saw", 20))

    assert horse.order() == ["saw", "sand", "glue", "paint", "mane"]
