"""Puts what limits a training into words, tables, a section and plain values."""

from collections.abc import Mapping
from typing import Any

from suite.analysis.limits import WORDS, Limits, Step
from suite.analysis.records import Details, Section, Table, Text
from suite.analysis.sections import numbers
from suite.analysis.words import listed

SHOWN = {"val_loss": "validation loss", "reference": "reference", **WORDS}
"""Number of a diagnosis -> what it is called; the last four sum up to the first."""


def in_words(level: str, limits: Limits | str) -> str:
    """What limits the winner `level`, and the first step that is worth it; why nothing was tried, if so."""
    if isinstance(limits, str):
        return f"not made for {level}: {limits} `make diagnose` with the same NAME and SET makes it."
    return " ".join([f"{limits.verdict} ({level}).", *_parts_in_words(limits), *_what_next(limits)])


def _what_next(limits: Limits) -> list[str]:
    """The first step that is worth it, and what tells more."""
    said = [
        f"Next: {_step(step)}, predicted to lower the loss by {step.gain.text()}."
        for step in limits.steps
        if step.worth
    ][:1]
    if limits.verdict == "can't tell":
        said.append("`make diagnose` with the same NAME and SET tries more, with more replicates.")
    return said


def _parts_in_words(limits: Limits) -> list[str]:
    told = {name: limits.numbers[key].text() for key, name in SHOWN.items() if key in limits.numbers}
    if not told:
        return []
    whole = told.pop("validation loss")
    return [f"Its validation loss, {whole}, is {listed([f'{name} {text}' for name, text in told.items()])}."]


def parts(limits: Limits) -> Table:
    """The parts of the validation loss, each with its interval."""
    rows = tuple(
        (name, limits.numbers[key].text() if key in limits.numbers else "not measured")
        for key, name in SHOWN.items()
    )
    return Table(("part of the validation loss", "estimate [95% interval]"), rows, kinds=numbers(1))


def next_steps(limits: Limits) -> Table:
    """What to do next, best first."""
    rows = tuple(
        (step.name, _change(step.change), step.gain.text(), f"{step.seconds:.2g}", _worth(step))
        if step.name != "nothing left"
        else (step.name, "", "", "", "")
        for step in limits.steps
    )
    columns = ("next", "change", "predicted gain", "seconds a training", "worth it")
    return Table(columns, rows, kinds=("text", "code", "number", "number", "text"))


def section(level: str, limits: Limits | str) -> Section:
    """What limits the winner, for the page."""
    title = "What limits the winner, by experiments"
    if isinstance(limits, str):
        return Section("limits", title, (Text((in_words(level, limits),)),))
    tables = (parts(limits), next_steps(limits)) if limits.numbers else (next_steps(limits),)
    evidence = Details("What was tried", (Text(limits.evidence, "list"),))
    verdict = Text((f"{limits.verdict.capitalize()}: {level}",), "heading")
    return Section("limits", title, (verdict, Text(tuple(_what_next(limits))), *tables, evidence))


def summary(level: str, limits: Limits | str) -> dict[str, Any]:
    """What `summary.json` has of it, as plain values."""
    said = {"level": level, "words": in_words(level, limits)}
    if isinstance(limits, str):
        return said | {"verdict": "not made", "evidence": [limits], "parts": {}, "next": []}
    return said | {
        "verdict": limits.verdict,
        "evidence": list(limits.evidence),
        "parts": {name: [float(x) for x in part] for name, part in limits.numbers.items()},
        "next": [
            {
                "name": step.name,
                "change": _plain(step.change),
                "gain": [float(x) for x in step.gain],
                "worth": bool(step.worth),
            }
            for step in limits.steps
        ],
    }


def _step(step: Step) -> str:
    return f"{step.name} ({_change(step.change)})" if step.change else step.name


def _worth(step: Step) -> str:
    return "yes" if step.worth else "not sure, or too little"


def _change(change: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_text(value)}" for name, value in change.items())


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _plain(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in change.items()}
