"""Is the gradient from backpropagation right in every layer, and what does checking it cost?"""

from suite import Demonstration, Prediction

STUDY = Demonstration(
    question=__doc__,
    demonstration="gradient_check",
    predictions=(
        Prediction(
            "Backpropagation and central differences agree in every layer",
            "gradient_check.largest_error",
            between=(0, 1e-6),
            source="the chain rule, Rumelhart, Hinton and Williams 1986, doi:10.1038/323533a0",
        ),
        Prediction(
            "Central differences need two evaluations of the loss for each parameter",
            "gradient_check.evaluations_per_parameter",
            between=(1.99, 2.01),
            source="Saito 2016, Deep Learning from Scratch, section 4.3",
        ),
        Prediction(
            "A loss with its whole gradient takes at most five times as long as the loss",
            "gradient_check.gradient_over_evaluation",
            between=(1, 5),
            source="Griewank and Walther 2008, Evaluating Derivatives, the cheap gradient principle",
        ),
        Prediction(
            "The best step for central differences is near the cube root of the rounding error, 6e-6",
            "gradient_check.best_step",
            {"method": "central, 64 bits"},
            between=(6e-7, 6e-5),
            source="Press et al. 2007, Numerical Recipes, section 5.7",
        ),
        Prediction(
            "For one-sided differences it is near the square root, 1.5e-8",
            "gradient_check.best_step",
            {"method": "one-sided, 64 bits"},
            between=(1.5e-9, 1.5e-7),
            source="Press et al. 2007, Numerical Recipes, section 5.7",
        ),
    ),
)
