"""What was measured, as tables for people and JSON for programs."""

from dataclasses import asdict, dataclass
from statistics import median

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from suite.bench.rows import Timing
from suite.bench.study import TRIALS
from suite.bench.whole import Whole

LOW = 0.4
"""Share of the matmul peak below which a row says where its time goes."""

DISTURBED = 0.1
"""Share of the cores in foreign hands from which on figures are marked."""

COLUMNS = ("model", "batch", "fit", "PyTorch", "ours", "stacked")

STUDY_FLOOR, TRACKING_FLOOR = 8.0, 0.95


@dataclass(frozen=True)
class Studies:
    """Runs of the whole study.

    Attributes:
        ours: by the suite, with nothing measured before. usual: in the usual way.
        tracked, untracked: by the suite again, in turn, all with the plans that `ours` measured and a store
            that exists.
    """

    ours: Whole
    usual: Whole
    tracked: list[Whole]
    untracked: list[Whole]

    @property
    def ratio(self) -> float:
        """Time until the last trial: the usual way to ours."""
        return self.usual.trials_seconds / self.ours.trials_seconds

    @property
    def whole_ratio(self) -> float:
        """The same, with the replicates, the report and the export of ours counted, which the usual way has
        not."""
        return self.usual.trials_seconds / self.ours.seconds

    @property
    def tracking(self) -> float:
        """Trials per second with tracking to those without, over whole runs."""
        return median(run.seconds for run in self.untracked) / median(run.seconds for run in self.tracked)


@dataclass(frozen=True)
class Measured:
    """All of a run: timings of rows, the matmul peak in GFLOP/s, the studies if they were run, and command ->
    seconds of an empty start."""

    timings: list[Timing]
    peak: float
    studies: Studies | None
    starts: dict[str, float]


def record(measured: Measured, facts: dict[str, str]) -> dict:
    """Everything as plain values: `rows`, `study` (null if it was not run), `empty_start_seconds`,
    `matmul_peak_gflops`, `machine`."""
    peak, studies = measured.peak, measured.studies
    rows = [
        asdict(timing) | {
            "flop": timing.row.flop,
            "fit_to_ours": timing.ratio("fit"),
            "fit_to_stacked": timing.ratio("fit", "stacked"),
            "torch_to_ours": timing.ratio("torch"),
            "share_of_peak": {engine: timing.share(engine, peak) for engine in timing.microseconds},
            "shortfalls": timing.shortfalls(),
        }
        for timing in measured.timings
    ]  # fmt: skip
    study = studies and asdict(studies) | {
        "ratio": studies.ratio,
        "ratio_with_replicates_report_and_export": studies.whole_ratio,
        "tracking": studies.tracking,
    }
    return {
        "machine": facts, "matmul_peak_gflops": peak, "rows": rows, "study": study,
        "empty_start_seconds": measured.starts,
    }  # fmt: skip


def steps_table(timings: list[Timing], peak: float) -> Table:
    """Rows by engines, with the share of the peak."""
    table = _table(
        f"Microseconds a gradient step and training; matmul peak {peak:.0f} GFLOP/s",
        *COLUMNS,
        "peak",
        "disturbed",
    )
    for timing in timings:
        times = (_number(timing.microseconds.get(engine)) for engine in ("fit", "torch", "ours", "stacked"))
        table.add_row(
            timing.row.name,
            str(timing.row.batch_size),
            *times,
            f"{_best_share(timing, peak):.0%}",
            _disturbed(timing.foreign),
        )
    return table


def ratios_table(timings: list[Timing]) -> Table:
    """Rows by ratios, each with its floor."""
    table = _table("Times as fast (floor)", *COLUMNS[:2], "fit/ours", "fit/stacked", "PyTorch/ours")
    for timing in timings:
        row = timing.row
        ratios = [timing.ratio("fit"), timing.ratio("fit", "stacked"), timing.ratio("torch")]
        floors = [row.floor, row.stacked_floor, 1.0 if row.beats_torch else None]
        cells = (
            _times(ratio) + (f" ({floor:g}x)" if floor else "")
            for ratio, floor in zip(ratios, floors, strict=True)
        )
        table.add_row(row.name, str(row.batch_size), *cells)
    return table


def study_table(studies: Studies) -> Table:
    """The whole study in the two ways."""
    table = _table(
        f"A study of {TRIALS} trials", "whole study", "trials done", "everything", "memory", "disturbed"
    )
    ways = {
        "ours": [studies.ours],
        "Optuna + fit + MLflow": [studies.usual],
        "ours again": studies.tracked,
        "ours again, untracked": studies.untracked,
    }
    for name, runs in ways.items():
        for run in runs:
            times = (f"{seconds:.1f} s" for seconds in (run.trials_seconds, run.seconds))
            table.add_row(name, *times, f"{run.memory:.0f} MiB", _disturbed(run.foreign))
    return table


def _told(studies: Studies) -> str:
    """The studies' ratios in words."""
    return (
        f"Until the last trial: {studies.ratio:.1f}x as fast as the usual way (floor {STUDY_FLOOR:g}x). With"
        f" ours' replicates, report and export: {studies.whole_ratio:.1f}x. Trials per second with tracking"
        f" on: {studies.tracking:.0%} of those without (floor {TRACKING_FLOOR:.0%})."
    )


def show(console: Console, measured: Measured) -> None:
    """Prints it all, what is below its floor at the end."""
    timings, peak, studies = measured.timings, measured.peak, measured.studies
    console.print(steps_table(timings, peak))
    console.print()
    console.print(ratios_table(timings))
    console.print()
    for timing in timings:
        if _best_share(timing, peak) < LOW:
            console.print(
                f"{timing.row.name}, {timing.row.batch_size}: {escape(timing.row.profile)}", highlight=False
            )
    console.print()
    if studies:
        console.print(study_table(studies))
        console.print(_told(studies), highlight=False)
    starts = ", ".join(f"`suite {name}` {seconds:.2f} s" for name, seconds in measured.starts.items())
    console.print(f"Empty starts: {starts}.", highlight=False)
    for line in shortfalls(timings, studies):
        console.print(escape(line), highlight=False)


def shortfalls(timings: list[Timing], studies: Studies | None) -> list[str]:
    """A line for every floor that is missed."""
    lines = [
        f"Below its floor: {t.row.name}, batch {t.row.batch_size}: {text}"
        for t in timings
        for text in t.shortfalls()
    ]
    if studies and studies.ratio < STUDY_FLOOR:
        lines.append(f"Below its floor: the study, {studies.ratio:.1f}x of {STUDY_FLOOR:g}x")
    if studies and studies.tracking < TRACKING_FLOOR:
        lines.append(f"Below its floor: tracking, {studies.tracking:.0%} of {TRACKING_FLOOR:.0%}")
    return lines


def _table(title: str, *columns: str) -> Table:
    """An empty table of at most 80 columns of text: words on the left, then numbers."""
    table = Table(title=title, box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right", no_wrap=True)
    return table


def _best_share(timing: Timing, peak: float) -> float:
    """Of the peak, by the faster of our two ways."""
    return max(timing.share(engine, peak) for engine in ("ours", "stacked") if engine in timing.microseconds)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}x"


def _disturbed(foreign: float) -> str:
    """Share of the cores that others took, where it matters."""
    return f"{foreign:.0%}" if foreign >= DISTURBED else ""
