"""Statistics of batch normalization: after few steps the moving averages are still near where they began."""

from suite.study.config import Config
from suite.training import train
from suite.training.load import load
from suite.training.settled import settled_losses

FEW = Config(dataset="digits", width=32, depth=3, epochs=1, batch_size=64, learning_rate=0.01)


def test_after_few_steps_the_moving_averages_lag():
    result = train(FEW.replace(normalization="batch"), weights=True)
    (settled,) = settled_losses([result], load(result.config))
    assert settled < 0.5 * result.curves["val_loss"][result.best]


def test_a_model_without_batch_normalization_has_none():
    assert settled_losses([train(FEW, weights=True)], load(FEW)) is None
