"""The command `suite learning-curve`."""

from suite.cli import study
from suite.cli.diagnose import Words, split
from suite.cli.options import Cluster, DryRun, Needs, Workers, command_line, request


def command(
    config: Words = None,
    workers: Workers = None,
    cluster: Cluster = None,
    needs: Needs = None,
    dry_run: DryRun = False,
) -> None:
    """The loss against the number of training examples, for any configuration: a study of its own.

    The largest size is the configuration's. The learning rate is tuned for each size, unless it is given.
    """
    from suite.study.compare import comparison
    from suite.study.curves import fixed, learning_curve
    from suite.training.load import load

    asked, settings = request(cluster, needs, workers), split(config)
    chosen = fixed(settings)
    dataset = load(chosen)
    what = learning_curve(len(dataset.train), chosen, dataset.num_classes)
    rest = {name: value for name, value in settings.items() if name != "train_size"}
    name, declared = comparison([what], rest)
    line = command_line("learning-curve", "CONFIG", " ".join(config or []))
    study.run(name, declared, line, workers, dry_run, asked)
