"""The study's page and files: all that is said about a study, in one folder that needs neither server nor network."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair
import jinja2
import numpy as np
import pandas as pd
import vl_convert

from suite.analysis.evaluation import Evaluation
from suite.analysis.records import Comparison, Evidence
from suite.report import figures, tables
from suite.study.study import Study
from suite.tasks import metric_label

if TYPE_CHECKING:
    from suite.analysis.records import Diagnosis

SAMPLERS = {
    "quasirandom": "quasi-random (scrambled Sobol points)",
    "tpe": "TPE (tree-structured Parzen estimator)",
}


def write(
    study: Study,
    evidence: Sequence[Evidence],
    comparison: Comparison,
    trainings: pd.DataFrame,
    *,
    name: str,
    folder: Path,
    seconds: float,
    facts: dict[str, str],
    meanings: Mapping[str, str],
    importance: dict[str, float] | None = None,
    diagnoses: "Mapping[str, Diagnosis] | None" = None,
    evaluation: Evaluation | None = None,
) -> Path:
    """Writes `index.html`, `figures/*.png`, `summary.json` and `trainings.csv`; a second call replaces them.

    Args:
        study, evidence, comparison: what was asked, measured and concluded.
        trainings: one row a training.
        name: of the study, as in `make study NAME=...`.
        folder: where to; made if missing.
        seconds: wall time of the study.
        facts: what else one needs to reproduce it, shown as it is: versions, git commit, machine. A fact called
            `command` replaces `make study NAME=name`, for a study that was run with changes.
        meanings: metric, without its split, -> what it measures, in words.
        importance: hyperparameter -> share of the explained variance, for a pure search.
        diagnoses: scientific value -> verdict on its training.
        evaluation: of the exported model on the test split; None: nothing was exported.

    Returns:
        The path of `index.html`, which loads nothing from outside itself.
    """
    drawn = figures.draw(study, evidence, comparison, importance, evaluation)
    pictures = folder / "figures"
    pictures.mkdir(parents=True, exist_ok=True)
    for figure in drawn:
        _replace(pictures / f"{figure.name}.png", figure.png())
    for picture in pictures.glob("*.png"):
        if picture.stem not in {figure.name for figure in drawn}:
            picture.unlink()
    record = summary(study, comparison, trainings, name=name, seconds=seconds)
    record["exported"] = _plain(evaluation.metrics) if evaluation else None
    _replace(folder / "trainings.csv", trainings.to_csv(index=False).encode())
    _replace(folder / "summary.json", json.dumps(record, indent=2, allow_nan=False).encode())
    told = tables.told(comparison, meanings)
    page = _template().render(
        name=name,
        study=study,
        question=record["question"],
        comparison=comparison,
        metric=metric_label(comparison.metric),
        monitor=metric_label(comparison.monitor),
        rows=tables.ranking(comparison),
        told=told,
        verdicts=tables.verdicts(comparison),
        pairs=[tables.pair(pair) for pair in comparison.pairs],
        figures=drawn,
        diagnoses=tables.diagnosed(diagnoses or {}, comparison.ranking),
        evaluation=tables.evaluated(evaluation, meanings) if evaluation else None,
        fixed=tables.fixed(study),
        spaces=tables.spaces(study),
        sampler=SAMPLERS[study.sampler],
        trainings=len(trainings),
        time=_time(seconds),
        command=facts.get("command", f"make study NAME={name}"),
        facts={key: value for key, value in facts.items() if key != "command"},
        library=_library(),
    )
    _replace(folder / "index.html", page.encode())
    return folder / "index.html"


def summary(
    study: Study, comparison: Comparison, trainings: pd.DataFrame, *, name: str, seconds: float
) -> dict[str, Any]:
    """What `summary.json` holds: plain values; numbers that are not finite become None."""
    fields = ("level", "replicates", "iqm", "ci_low", "ci_high", "best_config")
    return _plain(
        {
            "study": name,
            "question": " ".join(study.question.split()),
            "answer": comparison.answer,
            "seconds": seconds,
            "trainings": len(trainings),
            "warnings": comparison.warnings,
            "values": [
                {f: getattr(item, f) for f in fields} | item.tested | {"metric": comparison.metric}
                for item in comparison.ranking
            ],
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _replace(path: Path, content: bytes) -> None:
    """Writes aside and renames, so that a reader never sees half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(content)
    aside.replace(path)


@cache
def _library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, in the version that Altair writes for."""
    major, minor, _ = altair.SCHEMA_VERSION.removeprefix("v").split(".")
    return vl_convert.javascript_bundle(vl_version=f"{major}.{minor}").replace("</script", "<\\/script")


def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("page.html")


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{seconds:.3g} s"
    )
