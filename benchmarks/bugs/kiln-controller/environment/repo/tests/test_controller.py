import pytest

from kiln.controller import Controller, Phase
from kiln.program import Step
from kiln.report import summary


@pytest.fixture
def controller():
    return Controller()


def ticks(controller, celsius, minutes):
    return [controller.tick(celsius) for _ in range(minutes)]


def test_a_new_controller_is_idle(controller):
    assert controller.phase is Phase.IDLE
    assert controller.target is None
    assert not controller.heat(20)


def test_it_heats_until_the_target(controller):
    controller.load([Step(600, 3)])

    assert controller.target == 600
    assert controller.heat(20)
    assert not controller.heat(600)


def test_it_holds_for_the_whole_time(controller):
    controller.load([Step(600, 3)])
    assert controller.tick(597) is Phase.HOLD

    assert ticks(controller, 600, 3) == [Phase.HOLD, Phase.HOLD, Phase.DONE]


def test_every_step_is_held(controller):
    controller.load([Step(600, 3), Step(900, 3)])
    ticks(controller, 600, 4)
    assert controller.target == 900
    assert controller.tick(900) is Phase.HOLD

    assert ticks(controller, 900, 3) == [Phase.HOLD, Phase.HOLD, Phase.DONE]


def test_a_second_firing_is_held_too(controller):
    controller.load([Step(600, 2)])
    ticks(controller, 600, 3)
    assert controller.phase is Phase.DONE

    controller.load([Step(700, 3)])
    controller.tick(700)

    assert ticks(controller, 700, 3) == [Phase.HOLD, Phase.HOLD, Phase.DONE]


def test_a_kiln_that_cools_starts_its_hold_again(controller):
    controller.load([Step(600, 3)])
    ticks(controller, 600, 3)
    assert controller.tick(560) is Phase.RAMP
    assert controller.tick(600) is Phase.HOLD

    assert ticks(controller, 600, 3) == [Phase.HOLD, Phase.HOLD, Phase.DONE]


def test_a_little_cooler_is_still_a_hold(controller):
    controller.load([Step(600, 3)])

    assert ticks(controller, 585, 1) == [Phase.RAMP]
    controller.tick(600)
    assert ticks(controller, 585, 3)[-1] is Phase.DONE


def test_only_one_firing_at_a_time(controller):
    controller.load([Step(600, 3)])
    with pytest.raises(RuntimeError, match="in progress"):
        controller.load([Step(700, 3)])

    controller.abort()
    controller.load([Step(700, 3)])
    assert controller.target == 700


def test_empty_programs_are_refused(controller):
    with pytest.raises(ValueError, match="needs a step"):
        controller.load([])


def test_the_summary_counts_phases(controller):
    controller.load([Step(600, 1)])
    ticks(controller, 600, 2)

    assert summary(controller) == "ramp 1, hold 1, done 1"
