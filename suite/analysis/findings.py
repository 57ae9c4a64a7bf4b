"""Makes the findings of a study: measured arrays in, all that is said of it out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from suite.analysis import (
    baselines,
    figure_tables,
    figures,
    grid,
    limited,
    measures,
    search_figures,
    sections,
    setup,
)
from suite.analysis.answer import without_training
from suite.analysis.caveats import caveats
from suite.analysis.comparison import DETECTABLE, compare
from suite.analysis.diagnosis import diagnose_all
from suite.analysis.evaluation import Evaluation
from suite.analysis.failures import failures
from suite.analysis.limits import Limits
from suite.analysis.predictions import Compared, check
from suite.analysis.records import (
    Block,
    Demonstrated,
    Details,
    Facts,
    Figure,
    Findings,
    Measured,
    Section,
    Table,
    Text,
)
from suite.analysis.shapes import SHAPES, Answered, Asked
from suite.study.prediction import Prediction
from suite.study.study import Study
from suite.tasks import format_metric, metric_label


def analyse(study: Study, name: str, measured: Measured) -> Findings:
    """Compares, diagnoses, checks the predictions and puts it all into words.

    What the exported model does is added by `with_export`, as there is nothing to export before this.

    Args:
        study: what was asked. name: what its results go by.
        measured: what its trainings gave.
    """
    evidence, config = measured.evidence, study.fixed
    comparison = compare(
        evidence,
        metric=config.monitor.replace("val", "test"),
        monitor=config.monitor,
        minimize=config.minimize,
        target=study.target_value,
        conditions=grid.conditions(evidence) if study.shape == "grid" else None,
        seed=study.seed,
    )
    diagnoses = diagnose_all(evidence, measured.guessing)
    asked = Asked(
        scientific=tuple(study.scientific),
        budget=max(item.budget or len(item.trials) for item in evidence),
        evidence=evidence,
        comparison=comparison,
        diagnoses=diagnoses,
        importance=measured.importance or {},
    )
    nothing = without_training(evidence, comparison)
    answered = _nothing(asked, nothing) if nothing else SHAPES[study.shape](asked)
    every = (
        *measures.of_levels(evidence, comparison, diagnoses),
        *answered.measures,
        *(measure for _, found in measured.probes.values() for measure in found),
    )
    levels = {item.level: item.levels for item in evidence}
    answers = [section for section, _ in measured.probes.values() if section.answer]
    figures_of_probes = [section.figure for section in answers if section.figure]
    figure = figures_of_probes[0] if figures_of_probes else answered.figure
    beaten = baselines.first(comparison, measured.baselines)
    said = (beaten, *(section.answer for section in answers), answered.answer, *failures(evidence))
    return Findings(
        name=name,
        question=" ".join(study.question.split()),
        shape=study.shape,
        answer=" ".join(filter(None, said)),
        best=comparison.ranking[0].level if comparison.ranking[0].replicates else None,
        warnings=(*caveats(evidence, comparison), *measured.notes),
        predictions=check(study.predictions, every, Compared(comparison.metric, comparison.pairs, levels)),
        figure=figure,
        headline=answered.headline,
        sections=_sections(study, asked, answered, measured, _name_of(figure)),
        measures=every,
        summary=_summary(study, asked, answered) | {"baselines": plain(measured.baselines)},
        facts=measured.facts,
        trainings=measured.trainings,
        seconds=measured.seconds,
    )


def _nothing(asked: Asked, answer: str) -> Answered:
    """What is said where nothing trains, whatever the shape."""
    verdict = asked.comparison
    scientific = " and ".join(asked.scientific) or None
    return Answered(
        answer=answer,
        figure=None,
        headline=sections.headline(verdict, verdict.ranking, scientific),
        order=tuple(item.level for item in asked.evidence),
    )


def _sections(
    study: Study, asked: Asked, answered: Answered, measured: Measured, shown: str | None
) -> tuple[Section, ...]:
    """All but the answer and its figure, whose name is `shown`."""
    comparison, order = asked.comparison, answered.order
    places = {item.level: item for item in comparison.ranking}
    ranked = [places[level] for level in order]
    heading = " and ".join(asked.scientific) or None
    every = {figure.name: figure for figure in (answered.figure, *_figures(asked, order)) if figure}
    drawn = [figure for name, figure in every.items() if name != shown]
    steps = {item.level: item.steps_per_epoch for item in asked.evidence}
    evidence: tuple[Block, ...] = (*drawn, sections.in_numbers(comparison, ranked, heading, steps))
    found = [
        *answered.sections,
        *(_without_answer(section, shown) for section, _ in measured.probes.values()),
        Section("evidence", "The evidence", evidence),
    ]
    if asked.diagnoses:
        found.append(sections.diagnosis(asked.diagnoses, order))
    if measured.baselines:
        found.append(baselines.section(comparison, measured.baselines))
    if measured.decided:
        found.append(Section("data", "What was decided of the data", (Text(measured.decided, "list"),)))
    return (*found, setup.section(study), sections.notes(comparison, measured.meanings))


def _without_answer(section: Section, shown: str | None) -> Section:
    """A section whose answer is said elsewhere; its figure is, if it is the one `shown` there."""
    figure = () if section.figure is None or section.figure.name == shown else (section.figure,)
    return replace(section, answer="", figure=None, blocks=(*section.blocks, *figure))


def _name_of(figure: Figure | None) -> str | None:
    return figure.name if figure else None


def _figures(asked: Asked, order: Sequence[str]) -> list[Figure]:
    """The figures that the data supports, in the order of the page."""
    evidence, comparison = asked.evidence, asked.comparison
    several, drawn = len(evidence) > 1, []
    if len(asked.scientific) == 1 and any(pair.verdict != "did not train" for pair in comparison.pairs):
        drawn.append(figures.improvement(comparison, order))
    if several and (main := search_figures.main_nuisance(evidence)):
        drawn.append(search_figures.sensitivity(evidence, comparison, main, order))
    elif not several and search_figures.searched(evidence[0]):
        drawn.append(search_figures.search(evidence[0], comparison))
    if any(item.replicates for item in comparison.ranking):
        drawn.append(figures.training_curves(evidence, comparison, order))
        if several and figure_tables.reached(comparison)["reached"].any():
            drawn.append(figures.epochs_to_target(evidence, comparison, order))
    budgets = [
        len(item.expected_best) for item in comparison.ranking if np.isfinite(item.expected_best).any()
    ]
    if max(budgets, default=0) > 1:
        drawn.append(search_figures.expected_best(evidence, comparison, order))
    return drawn


def _summary(study: Study, asked: Asked, answered: Answered) -> dict[str, Any]:
    """What `summary.json` has of the numbers, as plain values."""
    comparison = asked.comparison
    of_level = ("level", "replicates", "iqm", "ci_low", "ci_high", "best_config")
    of_pair = (
        "first", "second", "difference", "ci_low", "ci_high", "probability", "p_value", "verdict",
        "searches_needed",
    )  # fmt: skip
    return plain(
        {
            "levels": [
                {name: getattr(item, name) for name in of_level} | item.tested | {"metric": comparison.metric}
                for item in comparison.ranking
            ],
            "pairs": [{name: getattr(pair, name) for name in of_pair} for pair in comparison.pairs],
            "replicates": {
                "vary": [*(["search"] if comparison.ranking[0].searches > 1 else []), *study.replicates_vary],
                "protocol": study.protocol,
                "searches": comparison.ranking[0].searches,
                "searches_needed_for": DETECTABLE,
            },
            "diagnoses": {
                level: {name: getattr(found, name) for name in ("verdict", "evidence", "next_step")}
                for level, found in asked.diagnoses.items()
            },
            "failures": {item.level: item.failures for item in asked.evidence if item.failures},
            **answered.summary,
            "exported": None,
        }
    )


def plain(value: Any) -> Any:
    """Dicts, lists, text and numbers of Python's own in place of what is like them."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def demonstrated(
    name: str,
    question: str,
    found: Demonstrated,
    *,
    predictions: Sequence[Prediction] = (),
    seconds: float,
    facts: Mapping[str, str],
) -> Findings:
    """Makes the findings of a demonstration, which decides most of them itself.

    Args:
        name: what its results go by. question: as declared.
        found: what it gave. predictions: as declared.
        seconds: wall time. facts: how it was made: command, versions, machine.
    """
    return Findings(
        name=name,
        question=" ".join(question.split()),
        shape="demonstration",
        answer=found.answer,
        best=None,
        warnings=found.warnings,
        predictions=check(predictions, found.measures),
        figure=found.figure,
        headline=found.headline,
        sections=found.sections,
        measures=found.measures,
        summary=plain(found.summary),
        facts=facts,
        trainings=0,
        seconds=seconds,
    )


def with_limits(findings: Findings, limits: Limits | str) -> Findings:
    """Adds what limits the winner, by experiments; why none were made, if so."""
    level = str(findings.best)
    names = [each.name for each in findings.sections]
    behind = [names.index(name) for name in ("diagnosis", "depends", "notes") if name in names]
    at, found = min(behind, default=len(names)), limited.section(level, limits)
    return replace(
        findings,
        sections=(*findings.sections[:at], found, *findings.sections[at:]),
        summary={**findings.summary, "diagnosis": limited.summary(level, limits)},
    )


def with_export(
    findings: Findings, evaluation: Evaluation | None, place: str, meanings: Mapping[str, str]
) -> Findings:
    """Adds what the exported model does on the test split, before what the answer depends on.

    Args:
        findings: of the study. evaluation: of the exported model; None: there is none.
        place: of the SavedModel, or why there is none.
        meanings: metric, without its split, -> what it measures, in words.
    """
    facts = {**findings.facts, "SavedModel": place}
    if evaluation is None:
        return replace(findings, facts=facts)
    told = {label for section in findings.sections if section.name == "notes" for label in _rows(section)}
    section = _exported(
        evaluation, {name: text for name, text in meanings.items() if metric_label(name) not in told}
    )
    names = [each.name for each in findings.sections]
    at = names.index("depends") if "depends" in names else len(names)
    return replace(
        findings,
        facts=facts,
        warnings=(*findings.warnings, *baselines.unfound(evaluation)),
        sections=(*findings.sections[:at], section, *findings.sections[at:]),
        summary={**findings.summary, "exported": plain(evaluation.metrics)}
        | (
            {"recall": {str(row["class"]): row["recall"] for row in evaluation.per_class}}
            if evaluation.per_class
            else {}
        )
        | ({"each": plain(evaluation.per_output)} if evaluation.per_output else {}),
    )


def _rows(section: Section) -> list[str]:
    return [name for block in section.blocks if isinstance(block, Facts) for name in block.rows]


def _exported(evaluation: Evaluation, meanings: Mapping[str, str]) -> Section:
    """The exported model's figures, class by class where it has classes."""
    blocks: list[Block] = [
        Facts(
            {
                metric_label(name): format_metric(name, x)
                + (f": {meanings[name]}" if name in meanings else "")
                for name, x in evaluation.metrics.items()
            }
        )
    ]
    if evaluation.confusion:
        blocks.append(figures.confusion(evaluation))
    if evaluation.calibration:
        blocks.append(figures.reliability(evaluation.calibration))
    if evaluation.per_class:
        rows = tuple(
            (
                str(row["class"]),
                *(f"{row[key]:.1%}" for key in ("precision", "recall", "f1")),
                str(row["examples"]),
            )
            for row in evaluation.per_class
        )
        columns = ("class", "precision", "recall", "F1", "test examples")
        table = Table(columns, rows, kinds=sections.numbers(4))
        blocks.append(Details("Class by class", (table,), open=len(rows) <= 20))
    if evaluation.per_output:
        first, *others = dict.fromkeys(name for row in evaluation.per_output for name in row)
        told = tuple(
            (str(row[first]), *(format_metric(name, float(row.get(name, np.nan))) for name in others))
            for row in evaluation.per_output
        )
        table = Table(tuple(map(metric_label, (first, *others))), told, kinds=sections.numbers(len(others)))
        blocks.append(Details(f"Each {first} by itself", (table,), open=len(told) <= 20))
    return Section("exported", "The exported model on the test split", tuple(blocks))
