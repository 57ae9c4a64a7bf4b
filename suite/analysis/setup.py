"""Says what an answer depends on: what was held still, what was searched, and by which protocol."""

from suite.analysis.records import Facts, Section, Text
from suite.analysis.words import short
from suite.study.config import Config
from suite.study.study import Case, Study
from suite.tasks import metric_label

ALWAYS_SHOWN = ("dataset", "train_size", "validation_size", "model", "optimizer", "batch_size", "epochs")
"""Fixed settings that a reader always asks for."""

SAMPLERS = {
    "quasirandom": "quasi-random (scrambled Sobol points)",
    "tpe": "TPE (tree-structured Parzen estimator)",
}

PRUNERS = {
    "median": "of which those worse than the median ended early",
    "successive_halving": "of which only the best went on after a tenth, three and six tenths of the epochs"
    " (successive halving)",
}


def section(study: Study) -> Section:
    """The section of the page on what the answer depends on."""
    several = len(study.cases) > 1
    each = "cell" if len(study.scientific) > 1 else "level"
    searched = {
        label if several else "space": " ".join(f"`{item}`" for item in space) or "nothing"
        for label, space in spaces(study)
    }
    return Section(
        name="depends",
        title="What the answer depends on",
        blocks=(
            Text((_protocol(study, f"For each {each}: " if several else ""),)),
            Text(("Held still",), "heading"),
            Text(("With other settings the answer may be another one.",), "soft"),
            Facts(fixed(study)),
            Text((f"Searched for each {each}" if several else "Searched",), "heading"),
            Facts(searched),
        ),
    )


def _protocol(study: Study, start: str) -> str:
    pruned = f", {PRUNERS[study.prunes]}" if study.prunes else ""
    searches = max(study.searches_of(case) for case in study.cases)
    sampler = SAMPLERS[study.sampler]
    searched = (
        f"{searches} independent {sampler} searches of {study.budget} trials each"
        if searches > 1
        else f"{study.budget} trials of a {sampler} search"
    )
    again = "their winners were trained again" if searches > 1 else "the winner was trained again"
    varied = "with fresh seeds"
    if "data_seed" in study.replicates_vary:
        varied += " and on another split into train and validation"
    total = f"{study.replicates} times in all" if searches > 1 else f"{study.replicates} times"
    return (
        f"{start}{searched}{pruned}, judged by {metric_label(study.fixed.monitor)}; {again} {varied},"
        f" {total}, and the test split was read once for each of these replicates. Study seed {study.seed}."
    )


def fixed(study: Study) -> dict[str, str]:
    """The fixed settings that matter: what the study set, and what a reader always asks for."""
    varied = {"seed", *study.scientific, *(name for case in study.cases for name in case.space)}
    settings, defaults = study.fixed.model_dump(), Config().model_dump()
    return {
        name: "the data set's own" if setting is None and name in defaults else str(setting)
        for name, setting in settings.items()
        if name not in varied and (name in ALWAYS_SHOWN or name not in defaults or setting != defaults[name])
    }


def spaces(study: Study) -> list[tuple[str, list[str]]]:
    """What was set and searched for each level; levels with the same space share a row."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for case in study.cases:
        searched = [f"{name}: {distribution}" for name, distribution in case.space.items()]
        shared.setdefault((*_own_settings(study, case), *searched), []).append(case.label)
    everyone = len(shared) == 1 and len(study.cases) > 4
    return [("each" if everyone else ", ".join(labels), list(space)) for space, labels in shared.items()]


def _own_settings(study: Study, case: Case) -> list[str]:
    own, shared = case.config.model_dump(), study.fixed.model_dump()
    return [
        f"{key}={short(own[key])}"
        for key in own
        if (key not in shared or own[key] != shared[key]) and key not in study.scientific
    ]
