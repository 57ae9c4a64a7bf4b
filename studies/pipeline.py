"""What happens to a batch of flowers between the table of data and a trained network's answer?"""

from suite import Demonstration, Prediction

STUDY = Demonstration(
    question=__doc__,
    demonstration="pipeline",
    predictions=(
        Prediction(
            "Before training a network guesses: the loss is near log 3 = 1.10",
            "pipeline.first_loss",
            between=(0.88, 1.32),
            source="Stanford CS231n, notes on learning: look for the correct loss at chance performance",
        ),
        Prediction(
            "The gradient by the logits is softmax minus truth; handed back, it is TensorFlow's gradient",
            "pipeline.gradient_error",
            between=(0, 1e-6),
            source="Bishop 2006, Pattern Recognition and Machine Learning, equation 4.109",
        ),
        Prediction(
            "A step against the gradient lowers the loss of its batch",
            "pipeline.loss_change",
            between=(-1, 0),
            source="Goodfellow, Bengio and Courville 2016, Deep Learning, section 4.3",
        ),
        Prediction(
            "Three species of iris can be told apart nearly without error",
            "pipeline.test_accuracy",
            between=(0.93, 1),
            source="Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x",
        ),
    ),
)
