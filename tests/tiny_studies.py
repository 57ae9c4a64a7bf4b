"""Makes the studies of studies/ tiny: the first and the last level of what is asked, one epoch."""

from suite.study.cases import values_of
from suite.study.demonstration import Demonstration
from suite.study.study import Study

TINY = {"budget": 1, "replicates": 2, "protocol": "single", "epochs": 1}
LESS = {"train_size": 600, "validation_size": 50, "sequence_length": 12, "width": 8}
"""Most of a study that fixes one of these."""


def tiny(study: Study | Demonstration) -> Study | Demonstration:
    """A study with two levels of each hyperparameter that it varies, and what its predictions say of them."""
    if isinstance(study, Demonstration):
        return study.sized("small")
    places = (
        (0, len(next(iter(study.scientific.values()), ())) // 2, -1) if study.shape == "curve" else (0, -1)
    )
    varied = {
        part: {
            name: tuple(levels[place] for place in places) for name, levels in getattr(study, part).items()
        }
        for part in ("scientific", "conditions")
    }
    settings = TINY | {
        field: min(most, own) for field, most in LESS.items() if (own := getattr(study.fixed, field))
    }
    kept = {
        name: set(values_of(levels)) for name, levels in (varied["scientific"] | varied["conditions"]).items()
    }
    said = tuple(
        prediction
        for prediction in study.predictions
        if all(
            place[name] in kept[name] for place in (prediction.at, prediction.other or {}) for name in place
        )
    )
    settings = {name: value for name, value in settings.items() if name not in study.scientific}
    return study.model_copy(update=varied | {"predictions": said}).replace(**settings)
