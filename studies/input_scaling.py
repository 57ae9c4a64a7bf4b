"""How many steps does it take to learn from inputs of very different scale: raw, min-max, standardised?"""

from suite import Config, Level, LogUniform, Prediction, Study


def at(scaling: str) -> dict[str, str]:
    return {"input_scaling": scaling}


LECUN = "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp, section 4.3"

STUDY = Study(
    question=__doc__,
    fixed=Config(dataset="wine", depth=0, optimizer="sgd", batch_size=106, epochs=300),
    scientific={
        "input_scaling": (
            Level("none", nuisance={"learning_rate": LogUniform(1e-7, 1e-3)}),
            "min_max",
            "standardize",
        )
    },
    nuisance={"learning_rate": LogUniform(1e-2, 30.0)},
    budget=10,
    replicates=12,
    target_value=0.2,
    probes=("inputs",),
    predictions=(
        Prediction(
            "Raw inputs are the worst conditioned",
            "inputs.condition_number",
            at("none"),
            greater_than=at("min_max"),
            source=LECUN,
        ),
        Prediction(
            "Standardised ones are better than min-max, whose mean is not 0",
            "inputs.condition_number",
            at("standardize"),
            less_than=at("min_max"),
            source=f"{LECUN}: shift the mean to zero",
        ),
        Prediction(
            "Standardised inputs need fewer steps than min-max",
            "steps_to_target",
            at("standardize"),
            less_than=at("min_max"),
            source=LECUN,
        ),
        Prediction(
            "Raw inputs need more steps than min-max",
            "steps_to_target",
            at("none"),
            greater_than=at("min_max"),
            source=LECUN,
        ),
        Prediction(
            "Raw inputs end worse, whatever the rate",
            "test_loss",
            at("none"),
            greater_than=at("standardize"),
            source=LECUN,
        ),
    ),
)
