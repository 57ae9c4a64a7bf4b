"""Does backpropagation give the gradients that moving each number gives, and what does either cost?"""

from suite import Demonstration, Prediction

STUDY = Demonstration(
    question=__doc__,
    demonstration="gradient_check",
    predictions=(
        Prediction(
            "All gradients agree", "gradient_check.largest_error", between=(0.0, 1e-6),
            source="calculus: the error of central differences is of the order of the step's square",
        ),
        Prediction(
            "Differences need two evaluations a parameter", "gradient_check.evaluations_per_parameter",
            between=(1.99, 2.01), source="counting",
        ),
        Prediction(
            "With its gradient, an evaluation costs at most five",
            "gradient_check.gradient_over_evaluation", between=(1.0, 5.0),
            source="Griewank and Walther 2008, Evaluating Derivatives, section 3.3",
        ),
        Prediction(
            "The best step is the cube root of the rounding error", "gradient_check.best_step",
            {"method": "central, 64 bits"}, between=(1e-6, 1e-4),
            source="Press et al. 2007, Numerical Recipes, section 5.7",
        ),
    ),
)  # fmt: skip
