"""The board at the finish."""

from relay.showing import gap, shown


def ranking(teams):
    """Teams that finished, fastest first."""
    return sorted((t for t in teams if t.time() is not None), key=lambda t: t.time())


def board(teams):
    """One line for each team: place, name, time, gap; who did not finish stands below."""
    ranked = ranking(teams)
    lines = []
    for place, team in enumerate(ranked, start=1):
        behind = gap(team.time(), ranked[0].time())
        lines.append(f"{place}. {team.name:<10}{shown(team.time()):>7} {behind}".rstrip())
    lines += [f"-  {t.name:<10}{'dnf':>7}" for t in teams if t.time() is None]
    return lines
