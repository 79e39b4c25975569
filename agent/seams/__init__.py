"""Every record that crosses a border, and every Protocol behind which a part can be changed.

You can ignore the Protocols unless you want to put a part of your own in. Each has a shipped
in-memory or scripted implementation: `ScriptedProposer`, `ScriptedModel`, `FixedPrices`,
`MemoryTrace`, `MemorySandbox`.
"""

from __future__ import annotations

from fixit_runtime.agent.seams.candidates import (
    Answer,
    Answered,
    Candidate,
    Proposal,
    Question,
    Revealed,
    Stage,
    Tried,
    replaced,
)
from fixit_runtime.agent.seams.models import (
    Message,
    ModelGateway,
    PriceBook,
    Reply,
    Request,
    TokenPrices,
)
from fixit_runtime.agent.seams.places import Clock, Completed, RunLimits, Sandbox
from fixit_runtime.agent.seams.run import (
    Booking,
    Decision,
    Estimator,
    Learner,
    Policy,
    Proposer,
    Result,
    State,
    Step,
    TriesInputs,
)
from fixit_runtime.agent.seams.suites import (
    SLOW_TEST_S,
    Outcome,
    SuiteRun,
    Suspect,
    TestCommand,
    TestFacts,
    TestResult,
    Typed,
)
from fixit_runtime.agent.seams.traces import Event, TraceStore

__all__ = [
    "SLOW_TEST_S",
    "Answer",
    "Answered",
    "Booking",
    "Candidate",
    "Clock",
    "Completed",
    "Decision",
    "Estimator",
    "Event",
    "Learner",
    "Message",
    "ModelGateway",
    "Outcome",
    "Policy",
    "PriceBook",
    "Proposal",
    "Proposer",
    "Question",
    "Reply",
    "Request",
    "Result",
    "Revealed",
    "RunLimits",
    "Sandbox",
    "Stage",
    "State",
    "Step",
    "SuiteRun",
    "Suspect",
    "TestCommand",
    "TestFacts",
    "TestResult",
    "TokenPrices",
    "TraceStore",
    "Tried",
    "TriesInputs",
    "Typed",
    "replaced",
]
