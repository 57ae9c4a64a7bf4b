"""Records that the parts of the analysis hand to each other: what was measured, and what was found. No logic.

Light to import, as a finished study is printed from them: no SciPy, and pandas for type checkers only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from suite.analysis.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal[
    "diverged",
    "unstable",
    "not learning",
    "still improving",
    "underfitting",
    "overfitting",
    "can't tell",
]
"""What a diagnosis from curves may say."""


Standing = Literal["beats", "same", "budget", "did not train"]
"""How the first of a pair may stand to the second; see `Pair.verdict`."""


@dataclass(frozen=True)
class Evidence:
    """All that was measured for one level of what is asked about, or for one cell of a grid.

    Attributes:
        level: its label.
        trials: one row a trial of its search: `number`, `status`, `objective` (NaN if diverged or failed) and
            a column for each hyperparameter in `space`.
        space: searched numeric hyperparameter -> (low, high, scale) with scale `linear`, `log` or `near_one`.
        best_config: the winner's searched hyperparameters.
        scores: [n] final metric on the test split of each replicate that ran; NaN if it diverged or failed.
            Empty where no trial trained: then there was nothing to replicate.
        tested: metric -> [n] what else was measured of each replicate on the test split, such as
            `test_accuracy`.
        curves: metric -> [n, t] replicates' curves, NaN after the end of a training.
        steps: [t] gradient steps at each evaluation.
        steps_per_epoch: gradient steps an epoch.
        levels: hyperparameter -> level, of what is asked about; empty for a search.
        kept: [n] index of the evaluation whose weights each replicate kept; None if it diverged or failed.
        searches: [n] index of the search whose winner each replicate trained; None: all of one search.
        budget: trials of each search; None: all trials are of one.
        failed: [n] whether each replicate failed, as its worker was lost; empty: none did.
        failures: why trials and replicates failed, in words -> how many.
    """

    level: str
    trials: "pd.DataFrame"
    space: dict[str, tuple[float, float, str]]
    best_config: dict[str, Any]
    scores: np.ndarray
    tested: dict[str, np.ndarray]
    curves: dict[str, np.ndarray]
    steps: np.ndarray
    steps_per_epoch: int
    levels: Mapping[str, Any] = field(default_factory=dict)
    kept: tuple[int | None, ...] = ()
    searches: np.ndarray | None = None
    budget: int | None = None
    failed: tuple[bool, ...] = ()
    failures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """What the trainings of a study gave: all that `suite.analysis.findings.analyse` works on.

    Attributes:
        evidence: one for each of the study's cases, in their order.
        trainings: number of trainings that ran.
        seconds: wall time of all of them.
        facts: how it was made, by name: `command`, versions, machine.
        meanings: metric, without its split, -> what it measures, in words (`suite.tasks.meanings`).
        guessing: validation loss of a model that knows nothing of its input but how often each class occurs.
        baselines: method -> `test_*` -> value: what there is to beat.
        decided: what was decided, dropped or found in a user's own data, a sentence each.
        importance: of a search: hyperparameter -> share of the variance between its trials.
        notes: what the run itself has to say, a sentence each: joined to the warnings.
        probes: name of a probe -> what its `find` gave.
    """

    evidence: tuple[Evidence, ...]
    trainings: int
    seconds: float
    facts: Mapping[str, str]
    meanings: Mapping[str, str]
    guessing: float = np.inf
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    decided: tuple[str, ...] = ()
    importance: Mapping[str, float] | None = None
    notes: tuple[str, ...] = ()
    probes: "Mapping[str, tuple[Section, tuple[Measure, ...]]]" = field(default_factory=dict)


@dataclass(frozen=True)
class Ranked:
    """One level in the ranking.

    Attributes:
        level: its label.
        replicates, diverged: number of replicates that ran, and of those that diverged (they count as the
            worst). None ran where no trial trained.
        iqm, ci_low, ci_high: interquartile mean of `scores` and its bootstrap interval; of several searches,
            the mean of their interquartile means and the interval of `suite.analysis.searches`. Infinite, on
            the worse side, where more than a quarter diverged or failed, or none ran.
        tested: metric -> interquartile mean over the replicates.
        expected_best, expected_best_low, expected_best_high: [budget] best objective expected after 1, 2, ...
            trials of a search and its interval (Dodge et al. 2019, arXiv:1909.03004).
        epochs_to_target: [n] epochs until the monitored metric first reached the target; NaN: never.
        diverged_trials: share of the trials that diverged.
        best_config: the winner's searched hyperparameters.
        searches: number of independent searches that the replicates are of.
        failed, failed_trials: as of those that diverged, of those that failed, as their worker was lost.
    """

    level: str
    replicates: int
    diverged: int
    iqm: float
    ci_low: float
    ci_high: float
    tested: dict[str, float]
    expected_best: np.ndarray
    expected_best_low: np.ndarray
    expected_best_high: np.ndarray
    epochs_to_target: np.ndarray
    diverged_trials: float
    best_config: dict[str, Any]
    searches: int = 1
    failed: int = 0
    failed_trials: float = 0.0


@dataclass(frozen=True)
class Pair:
    """Two levels, `first` ranked before `second`.

    Attributes:
        first, second: their labels.
        difference, ci_low, ci_high: of the interquartile means, second minus first, and its interval.
        probability: that a replicate of `first` is better than one of `second` (ties half), with its interval
            `probability_low`, `probability_high` (probability of improvement, Agarwal et al. 2021,
            arXiv:2108.13264). Of several searches a replicate is a run of the whole procedure: a search, and
            a training of its winner.
        p_value: two-sided, adjusted over all pairs of the study: of several searches by Welch's test on their
            means (Benjamini-Hochberg), of one by Mann-Whitney's on the replicates (Holm). NaN where one did
            not train.
        reversal: probability that another search each, with the same budget, puts `second` first.
        verdict: `beats`; `same` (cannot be told apart); `budget` (the replicates differ, but other searches
            of the same budget would too often not bear it out); `did not train` (`second`, or both, of which
            no trial trained).
        alone: the verdict without the adjustment: of a pair that a prediction named before the run.
        searches_needed: that would tell a difference of DETECTABLE (`suite.analysis.comparison`) with
            probability 0.8; None where one search says nothing about others.
    """

    first: str
    second: str
    difference: float
    ci_low: float
    ci_high: float
    probability: float
    probability_low: float
    probability_high: float
    p_value: float
    reversal: float
    verdict: Standing
    alone: Standing
    searches_needed: int | None = None


@dataclass(frozen=True)
class Comparison:
    """Which levels differ: the verdict on a study, in numbers.

    Attributes:
        metric: of the scores, such as `test_loss`. monitor: of the objective, such as `val_loss`.
        minimize: whether less is better. confidence: of every interval.
        ranking: best first. pairs: those that were compared, in the order of the ranking.
        target: value of `monitor` used for time-to-target.
    """

    metric: str
    monitor: str
    minimize: bool
    confidence: float
    ranking: tuple[Ranked, ...]
    pairs: tuple[Pair, ...]
    target: float


@dataclass(frozen=True)
class Diagnosis:
    """What limits a training.

    Attributes:
        verdict: `diverged` (more than a quarter of the replicates); `unstable` (the loss blew up at a finite
            value, or jumps from evaluation to evaluation); `not learning` (no better than guessing); `still
            improving` (the validation loss was still falling at the end); `underfitting` (avoidable bias is
            what matters); `overfitting` (the generalisation gap is); `can't tell` (neither is clearly larger,
            or neither shows: whether a lower loss can be had takes experiments, `suite.analysis.limits`).
        evidence: a sentence for each finding, with its interval. next_step: a sentence.
        numbers: name -> estimate, interquartile mean over the replicates with interval: `train_loss`,
            `val_loss`, `generalization_gap` (validation minus training loss); with a reference
            `avoidable_bias` (training loss minus reference) and `bias_minus_gap`; from four evaluations on
            `train_fall`, `val_fall` (over the last quarter), `val_rise` (from the kept evaluation to the
            last), `train_rise` (from its lowest to the mean of the last quarter) and `jumps` (how far the
            loss goes up and comes back, per evaluation).
        kept: [n] evaluations (from 1) whose weights were kept, of the replicates that did not diverge.
    """

    verdict: Verdict
    evidence: tuple[str, ...]
    next_step: str
    numbers: dict[str, Estimate]
    kept: np.ndarray


@dataclass(frozen=True)
class Measure:
    """One number that a study measured, with what it was measured of: what predictions are checked against.

    Attributes:
        quantity: its name, such as `test_loss` or `activations.second_moment_ratio`.
        at: what it was measured of: hyperparameter -> level, such as `{"optimizer": "adam"}`; empty for the
            whole study.
        point, low, high: the estimate and its interval; all three are equal where there is no interval.
    """

    quantity: str
    at: Mapping[str, Any]
    point: float
    low: float
    high: float


@dataclass(frozen=True)
class Text:
    """Paragraphs of a section.

    Attributes:
        paragraphs: plain text, escaped by whoever shows it.
        kind: `plain`, `soft` (said in passing), `heading` (over what follows), `list` (a bullet each) or
            `code`.
    """

    paragraphs: tuple[str, ...]
    kind: Literal["plain", "soft", "heading", "list", "code"] = "plain"


@dataclass(frozen=True)
class Facts:
    """Names and what is said of each, in order."""

    rows: Mapping[str, str]


ColumnKind = Literal["text", "number", "code"]
"""How the cells of a column are set: numbers are never wrapped, code is a setting each."""


@dataclass(frozen=True)
class Table:
    """A table of plain values.

    Attributes:
        columns: headings. A section's notes may explain them.
        rows: a cell for each column: text, or a tuple of texts that stand below each other.
        heads: whether the first cell of a row names it.
        kinds: of each column; empty: all text.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | tuple[str, ...], ...], ...]
    heads: bool = True
    kinds: tuple[ColumnKind, ...] = ()


@dataclass(frozen=True)
class Figure:
    """The numbers of a figure; `suite.report.figures.FIGURES[kind]` draws them.

    Attributes:
        name: of its file and its place on the page; unique in a study.
        kind: what draws it.
        title: what to see. caption: one sentence: what is drawn.
        data: tidy tables by name; a row is a mark.
        options: plain values that the drawing needs: titles of axes, limits, order of levels.
    """

    name: str
    kind: str
    title: str
    caption: str
    data: "Mapping[str, pd.DataFrame]"
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Details:
    """Blocks that a reader opens.

    Attributes:
        summary: what is inside. blocks: in order. open: whether they show from the start.
    """

    summary: str
    blocks: "tuple[Block, ...]"
    open: bool = False


Block = Text | Facts | Table | Figure | Details


@dataclass(frozen=True)
class Section:
    """A part of what was found, shown under its own heading.

    Attributes:
        name: identifies it. title: its heading. blocks: in order.
        answer: of a probe that answers the study's question: said before everything else; else empty.
        figure: that shows this answer, above everything else; None where there is none.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    answer: str = ""
    figure: Figure | None = None


@dataclass(frozen=True)
class Checked:
    """A prediction beside what was measured.

    Attributes:
        claim: the prediction in words. source: who says so. expected: what was expected, in words, with the
            quantity.
        seen: what was measured, in words, with the interval; why nothing was, if so.
        verdict: whether the prediction `survives`, `reverses`, `cannot be told apart`, or was `not measured`.
    """

    claim: str
    source: str
    expected: str
    seen: str
    verdict: Literal["survives", "reverses", "cannot be told apart", "not measured"]


@dataclass(frozen=True)
class Demonstrated:
    """What a demonstration found: what of Findings it decides itself.

    Attributes:
        answer: to the study's question, in words.
        warnings: what the reader must know before relying on it, a sentence each.
        headline: the table that stands below the answer; None where there is none.
        sections: everything else, in order.
        measures: every number that a prediction may name.
        summary: plain values for `summary.json`.
        figure: the one that shows the answer, above everything else; None where there is none.
    """

    answer: str
    warnings: tuple[str, ...]
    headline: Table | None
    sections: tuple[Section, ...]
    measures: tuple[Measure, ...]
    summary: Mapping[str, Any]
    figure: Figure | None = None


@dataclass(frozen=True)
class Findings:
    """All that is said of a study: what terminal, page, tracker and `summary.json` know.

    Attributes:
        name: what the results go by. question: as declared.
        shape: `comparison`, `grid`, `curve`, `search`, `profile` or `demonstration`.
        answer: the verdict in words. best: label of the level that is ranked first; None where nothing
            trained.
        warnings: what the reader must know before relying on it, a sentence each.
        predictions: each with what was seen.
        figure: the one that shows the answer; None where there is none.
        headline: the table that stands below the answer, in the terminal and on the page; None where there is
            none.
        sections: everything else, in the order of the page.
        measures: every number that a prediction may name, and the tracker logs.
        summary: plain values for `summary.json`: `levels`, `pairs`, `replicates` (what varied between them),
            `diagnoses` and what else the shape has.
        facts: how it was made: command, versions, machine.
        trainings: number of trainings that ran. seconds: wall time of all of them.
    """

    name: str
    question: str
    shape: Literal["comparison", "grid", "curve", "search", "profile", "demonstration"]
    answer: str
    best: str | None
    warnings: tuple[str, ...]
    predictions: tuple[Checked, ...]
    figure: Figure | None
    headline: Table | None
    sections: tuple[Section, ...]
    measures: tuple[Measure, ...]
    summary: Mapping[str, Any]
    facts: Mapping[str, str]
    trainings: int
    seconds: float
