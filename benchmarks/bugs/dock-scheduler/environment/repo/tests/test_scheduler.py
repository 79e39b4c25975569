import pytest

from dock.job import Job


def test_jobs_run_in_order_of_time(scheduler):
    scheduler.at(5, Job("b"))
    scheduler.at(3, Job("a"))
    scheduler.at(9, Job("c"))

    assert scheduler.run_until(5) == [(3, "a"), (5, "b")]
    assert scheduler.pending() == ["c"]
    assert scheduler.now == 5


def test_jobs_of_one_minute_run_as_they_came(scheduler):
    for name in ("z", "a", "m", "b"):
        scheduler.at(5, Job(name))

    assert scheduler.run_until(5) == [(5, "z"), (5, "a"), (5, "m"), (5, "b")]


def test_pending_jobs_of_one_minute(scheduler):
    scheduler.at(5, Job("z"))
    scheduler.at(5, Job("a"))

    assert scheduler.pending() == ["z", "a"]


def test_the_past_is_over(scheduler):
    scheduler.run_until(10)
    with pytest.raises(ValueError, match="minute 9 has passed"):
        scheduler.at(9, Job("late"))


def test_after_counts_from_now(scheduler):
    scheduler.run_until(10)
    scheduler.after(5, Job("soon"))

    assert scheduler.run_until(20) == [(15, "soon")]


def test_cancelled_jobs_do_not_run(scheduler):
    job = scheduler.at(5, Job("a"))
    scheduler.cancel(job)

    assert scheduler.run_until(9) == []
    assert len(scheduler) == 0


def test_jobs_come_again(scheduler):
    job = scheduler.at(5, Job("tick", every=10))

    scheduler.run_until(30)

    assert job.runs == [5, 15, 25]
    scheduler.cancel(job)
    assert scheduler.run_until(90) == []


def test_a_job_meets_itself_and_others(scheduler):
    scheduler.at(0, Job("tick", every=5))
    scheduler.at(5, Job("once"))

    assert scheduler.run_until(5) == [(0, "tick"), (5, "once"), (5, "tick")]


def test_jobs_schedule_jobs(scheduler):
    scheduler.at(5, Job("first", lambda minute: scheduler.after(0, Job("second"))))

    assert scheduler.run_until(5) == [(5, "first"), (5, "second")]
