"""The result as a person reads it on a terminal: verdict, diff, receipt."""

from __future__ import annotations

import math

from fixit_runtime.agent.report.offers import menu_lines
from fixit_runtime.agent.report.record import Ended, LimitsUsed, RunReport, StepLine

_TITLES = {
    Ended.FIXED: "FIXED",
    Ended.NOTHING_TO_FIX: "NOTHING TO FIX",
    Ended.DEFERRED: "DEFERRED",
    Ended.FLAKY: "FLAKY",
    Ended.ENVIRONMENT_FAILED: "ENVIRONMENT FAILED",
    Ended.INTERRUPTED: "INTERRUPTED",
}


def render(report: RunReport) -> str:
    """Verdict, diff and receipt, as plain text."""
    parts = [_verdict(report)]
    if report.patch:
        parts.append(report.patch.rstrip("\n"))
    if report.hand_over:
        parts.append(_hand_over(report))
    parts.append(_receipt(report))
    return "\n\n".join(part for part in parts if part) + "\n"


def money(usd: float) -> str:
    """Dollars with as many digits as matter."""
    return f"${usd:.2f}" if usd >= 1 or usd == 0 else f"${usd:.4f}"


def _verdict(report: RunReport) -> str:
    lines = [f"{_TITLES[report.outcome]}: {report.reason}"]
    if report.outcome is Ended.FIXED:
        fixed = report.tests.failing_before
        lines += [f"  now passes: {nodeid}" for nodeid in fixed[:10]]
        if len(fixed) > 10:
            lines.append(f"  and {len(fixed) - 10} more")
        lines.append(
            f"  nothing that passed broke ({report.tests.passing} tests); both seen in a "
            f"fresh {report.sandbox} sandbox; P(correct) = {report.p_correct:.2f}"
        )
    else:
        lines += [f"  still fails: {nodeid}" for nodeid in report.tests.failing_before[:10]]
    lines += [f"  flaky, left alone: {nodeid}" for nodeid in report.tests.flaky]
    return "\n".join(lines)


def _hand_over(report: RunReport) -> str:
    hand = report.hand_over
    if hand is None:
        return ""
    lines = ["Hand-over"]
    lines += [f"  tried: {line}" for line in hand.tried]
    lines += [f"  refused: {line}" for line in hand.refused]
    if hand.best_patch:
        lines.append(
            f"  best candidate, not good enough to be called fixed ({hand.best_stage}, "
            f"P(correct) = {hand.best_p_correct:.2f}):"
        )
        lines += [f"    {line}" for line in hand.best_patch.splitlines()]
    if hand.question:
        lines.append(f"  the one question that would settle it: {hand.question}")
        lines += [f"    {answer}" for answer in hand.answers]
        worth = hand.answer_worth_usd
        pays = f" (worth {money(worth)} to you, your time paid)" if worth and worth > 0 else ""
        lines.append(f"    answer with: fixit --resume {report.run_id} --answer TEXT{pays}")
    if hand.go_on_value_usd is not None:
        value = money(hand.go_on_value_usd)
        lines.append(f"  would have gone on if a fix were worth {value} (--value)")
    if hand.go_on_cost_usd is not None:
        cap = money(_up(hand.go_on_cost_usd))
        lines.append(f"  would have gone on with a cap of {cap} (--max-cost)")
    if hand.go_on_deadline_s is not None:
        seconds = math.ceil(hand.go_on_deadline_s)
        lines.append(f"  would have gone on with a deadline of {seconds} s (--deadline)")
    if hand.show_risk_usd is not None:
        risk = money(hand.show_risk_usd)
        lines.append(f"  would have shown it if a wrong patch cost {risk} at most (--risk-price)")
    return "\n".join(lines) if len(lines) > 1 else ""


def _receipt(report: RunReport) -> str:
    cost, prices = report.cost, report.prices
    tokens = cost.tokens
    total = tokens.input + tokens.cache_read + tokens.cache_write + tokens.output
    lines = ["Receipt"]
    lines += [_step(line) for line in report.steps]
    lines.append(
        f"  spent {money(cost.usd)} (models {money(cost.model_usd)}, {total} tokens; "
        f"{cost.cpu_seconds:.1f} CPU s) in {cost.seconds:.1f} s"
    )
    lines.append(
        f"  prices: fix {money(prices.value_usd)}, wrong patch {money(prices.risk_usd)}, "
        f"act that cannot be undone {money(prices.irreversible_usd)}, "
        f"time {money(prices.latency_usd_per_hour)}/h, CPU {money(prices.cpu_usd_per_hour)}/h"
        + (f", handing it over {money(prices.handover_usd)}" if prices.handover_usd else "")
    )
    lines.append(f"  limits: {_limits(report.limits)}")
    lines += [f"  tier {line}" for line in report.routing]
    if report.menu:
        lines += [f"  {line}" for line in menu_lines(report.menu, report.regret, prices.value_usd)]
    if report.run_id:
        lines.append(f"  run {report.run_id}, trace {report.trace}")
    lines += [f"  note: {note}" for note in report.notes]
    return "\n".join(lines)


def _step(line: StepLine) -> str:
    forecast, real = line.forecast, line.realised
    return (
        f"  {line.step + 1:>2} {line.option:<16} {real.verdict:<8} "
        f"forecast {forecast.quality_gain:+.2f} for {money(forecast.usd)}/{forecast.seconds:.1f}s, "
        f"took {money(real.usd)}/{real.seconds:.1f}s, P {real.p_before:.2f}>{real.p_after:.2f}  "
        f"{line.detail}"
    ).rstrip() + f"\n     why: {line.reason}"


def _limits(limits: LimitsUsed) -> str:
    cap, risk = limits.max_cost_usd, limits.max_risk
    told = (
        "no deadline" if limits.deadline_s is None else f"deadline {limits.deadline_s:g} s",
        "no cap on spending" if cap is None else f"cap ${cap:g}",
        "none on the risk of a wrong patch" if risk is None else f"risk of a wrong patch {risk:g}",
    )
    return ", ".join(told)


def _up(usd: float) -> float:
    """Rounded up to what `money` shows, so that what is shown is enough."""
    digits = 2 if usd >= 1 else 4
    return math.ceil(usd * 10.0**digits - 1e-9) / 10.0**digits
