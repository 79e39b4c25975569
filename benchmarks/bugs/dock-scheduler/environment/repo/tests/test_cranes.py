from dock.cranes import Crane


def test_ships_wait_for_the_crane(scheduler):
    crane = Crane(scheduler)

    assert [crane.unload(ship) for ship in ("Anna", "Berta")] == [30, 60]
    scheduler.run_until(45)
    assert crane.unloaded == ["Anna"]


def test_a_crane_rests(scheduler):
    crane = Crane(scheduler)
    crane.unload("Anna")
    scheduler.run_until(100)

    assert crane.unload("Berta") == 130


def test_two_cranes(scheduler):
    port, starboard = Crane(scheduler), Crane(scheduler)
    port.unload("Anna")
    starboard.unload("Berta")

    assert scheduler.run_until(30) == [(30, "unload Anna"), (30, "unload Berta")]
