"""The command `suite validation-curve`."""

from typing import Annotated

import typer

from suite.cli import study
from suite.cli.diagnose import Words, split
from suite.cli.options import Cluster, DryRun, Needs, Workers, command_line, request


def command(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help="A hyperparameter, as width; or with levels, width=16,32,64."),
    ],
    config: Words = None,
    workers: Workers = None,
    cluster: Cluster = None,
    needs: Needs = None,
    dry_run: DryRun = False,
) -> None:
    """The loss against a hyperparameter that is a number, for any configuration: a study of its own.

    The learning rate is tuned for each level, unless it is given or is what is asked about.
    """
    asked = request(cluster, needs, workers)
    from suite.running.pool.workers import start_tensorflow

    start_tensorflow()
    from suite.diagnosis.experiments import setting
    from suite.models import hyperparameters as takes
    from suite.names import one_of
    from suite.study.compare import comparison
    from suite.study.config import Config
    from suite.study.curves import fixed, validation_curve

    settings = split(config)
    base = fixed(settings)
    field = one_of("WHAT", what.partition("=")[0], dict.fromkeys([*Config.model_fields, *takes(base.model)]))
    name, declared = comparison([validation_curve(what, setting(base, field))], settings)
    if declared.shape != "curve":
        raise ValueError(f"`WHAT` expects three levels or more that are numbers. Received: {what!r}.")
    line = command_line("validation-curve", "WHAT", " ".join([what, *(config or [])]))
    study.run(name, declared, line, workers, dry_run, asked)
