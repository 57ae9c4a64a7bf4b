"""The command `suite next`."""

from suite.cli.diagnose import OfRun, OfStudy, Replicates, Words, diagnosed, subject
from suite.cli.options import Set, console


def command(
    config: Words = None,
    study: OfStudy = None,
    run: OfRun = None,
    set_: Set = None,
    replicates: Replicates = 4,
) -> None:
    """Run the cheapest next step that a diagnosis found worth it, and say whether its prediction held.

    What was not diagnosed yet is diagnosed first.
    """
    from suite.running.pool.workers import start_tensorflow

    start_tensorflow()
    from suite.diagnosis.follow import cheapest, follow
    from suite.running import kept_diagnosis

    name, chosen = subject(config, study, run, set_)
    limits = kept_diagnosis.read(name, chosen)
    if limits is None:
        limits, _ = diagnosed(name, chosen, replicates)
    step = cheapest(chosen, limits.steps)
    if step is None:
        console.print("No step that the suite can do is sure to gain enough.")
        return
    change = ", ".join(f"{field} = {value}" for field, value in step.change.items())
    console.print(f"\n[bold]{step.name}[/]: {change}", highlight=False)
    with console.status("training with fresh seeds"):
        found = follow(chosen, step, replicates)
    verdict = "held" if found.held else "did not hold"
    console.print(
        f"Predicted: {step.gain.text()} lower, and measured again between {step.again.low:.3g} and"
        f" {step.again.high:.3g}. Seen: {found.gain.text()} ({found.seconds:.1f} s)."
        f" The prediction {verdict}.",
        highlight=False, markup=False,
    )  # fmt: skip
