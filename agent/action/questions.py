"""The one question that would settle a task, and what the user's answer to it means.

A proposer's own question comes first, since it knows what its candidates do differently; else the
user is asked about the best candidate; and where there is none, for words that a model can use.
"""

from __future__ import annotations

import re

from fixit_runtime.agent.seams import Answer, Answered, Question, Stage, State

YES, NO = "yes", "no"
_SAID = {
    YES: {"y", "yes", "yes it is", "yep", "right", "correct", "true"},
    NO: {"n", "no", "no it is not", "nope", "wrong", "incorrect", "false"},
}
_NONE = {"none", "neither", "none of these", "none of them", "neither of them"}
_LABEL = re.compile(r"^[(\[]?([a-z0-9]{1,2})[)\].:]*$")


def question_for(state: State) -> Question | None:
    """What to ask now; None where an answer could change nothing."""
    live = {c.id for c in state.candidates if c.stage is not Stage.REJECTED}
    asked = {a.question for a in state.answers}
    own = state.question
    if own is not None and own not in asked and len(_groups(own, live)) > 1:
        return own
    best = state.best
    if best is not None:
        about = Question(
            f"Is this the change that you want? {best.note or best.id}",
            (Answer(YES, (best.id,)), Answer(NO, ())),
            about=best.id,
        )
        return about if about not in asked else None
    if not state.facts.failing:
        return None
    return Question(f"What makes {state.facts.failing[0]} fail, in your words?")


def answered(question: Question, text: str) -> Answered:
    """The answer, matched with the foreseen ones: by its text, its label, or yes and no."""
    chosen = _chosen(question, _plain(text))
    if chosen is None:
        return Answered(question, text.strip())
    every = {name for answer in question.answers for name in answer.candidates}
    agreeing = tuple(dict.fromkeys(chosen.candidates))
    return Answered(question, text.strip(), agreeing, tuple(sorted(every - set(agreeing))))


def told(said: Answered, before: State, after: State, models: bool) -> str:
    """One sentence on what an answer changed."""
    if not said.understood:
        to = "goes to the models" if models else "no model is named that could use it"
        return f"the answer {said.text!r} matches none that was foreseen; {to}"
    notes = {c.id: c.note or c.id for c in after.candidates}
    moved = [
        f"{before.belief.chance_of(name):.2f} -> {after.belief.chance_of(name):.2f} ({notes[name]})"
        for name in (*said.agreeing, *said.contradicting)
        if name in notes and after.belief.chance_of(name)
    ]
    return f"the answer {said.text!r} moves P(correct): {', '.join(moved) or 'nothing at hand'}"


def labels(question: Question) -> list[str]:
    """A label for each foreseen answer: numbers, or letters where an answer is a number."""
    digits = any(_plain(answer.text).isdigit() for answer in question.answers)
    return [chr(ord("a") + i) if digits else str(i + 1) for i in range(len(question.answers))]


def shown(question: Question) -> list[str]:
    """The foreseen answers as a person reads them; none where yes or no is the whole choice."""
    if question.about:
        return [f"{YES} or {NO}"]
    named = zip(labels(question), question.answers, strict=True)
    return [f"{label}) {answer.text}" for label, answer in named]


def _chosen(question: Question, said: str) -> Answer | None:
    by_text = {_plain(answer.text): answer for answer in question.answers}
    if said in by_text:
        return by_text[said]
    if said in _NONE and question.answers:
        return Answer("none", ())
    if match := _LABEL.match(said):
        by_label = dict(zip(labels(question), question.answers, strict=True))
        if match[1] in by_label:
            return by_label[match[1]]
    first = re.split(r"[,;:.!\s]", said, maxsplit=1)[0]
    for word, ways in _SAID.items():
        if word in by_text and (said in ways or first == word):
            return by_text[word]
    return None


def _plain(text: str) -> str:
    """Without case, layout, and the marks around it that people leave out."""
    words = " ".join(text.casefold().split())
    stripped = words.strip("\"'` ").rstrip(".!")
    return stripped or words


def _groups(question: Question, live: set[str]) -> list[Answer]:
    return [answer for answer in question.answers if live & set(answer.candidates)]
