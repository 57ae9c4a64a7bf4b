"""Demonstrations: questions that computing answers, rather than comparing trainings, one file each.

A demonstration's module has `demonstrate(*, ...) -> Demonstrated`, with a default for every setting; it runs
in a worker. To add one, add its file, a line to DEMONSTRATIONS and a study that names it. Importing this
package does not import TensorFlow.
"""

DEMONSTRATIONS: dict[str, str] = {
    "clustering": "suite.demonstrations.clustering",
    "gradient_check": "suite.demonstrations.gradient_check",
    "learning_rate_finder": "suite.demonstrations.learning_rate_finder",
    "model_selection": "suite.demonstrations.model_selection",
    "moving_average": "suite.demonstrations.moving_average",
    "optimizer_paths": "suite.demonstrations.optimizer_paths",
    "pipeline": "suite.demonstrations.pipeline",
    "tensors": "suite.demonstrations.tensors",
}
