"""Classics: networks from the literature, as settings of the builders. A config may change any of them.

They are architectures only; initial weights, regularization and training are the config's own. Free of Keras.
"""

CLASSICS: dict[str, dict] = {
    # LeCun et al. 1998, doi:10.1109/5.726791, for 28 x 28: plain average pooling, every filter sees every map
    "lenet5": {
        "model": "conv",
        "filters": (6, 16),
        "kernel_size": 5,
        "padding": ("same", "valid"),
        "pooling": "average",
        "units": (120, 84),
        "activation": "tanh",
    },
    # the small AlexNet of Zhang et al. 2017, arXiv:1611.03530, without its local response normalization
    "alexnet": {
        "model": "conv",
        "filters": (64, 64),
        "kernel_size": 5,
        "pool_size": 3,
        "units": (384, 192),
        "activation": "relu",
    },
    # DeepOBS, Schneider et al. 2019, arXiv:1903.05499
    "2c2d": {
        "model": "conv",
        "filters": (32, 64),
        "kernel_size": 5,
        "units": 1024,
        "activation": "relu",
    },
    "3c3d": {
        "model": "conv",
        "filters": (64, 96, 128),
        "kernel_size": (5, 3, 3),
        "padding": ("valid", "valid", "same"),
        "pool_size": 3,
        "units": (512, 256),
        "activation": "relu",
    },
    # Turc et al. 2019, arXiv:1908.08962; one segment, and the mean over time in place of the pooler
    "bert_tiny": {
        "model": "transformer",
        "causal": False,
        "width": 128,
        "depth": 2,
        "num_heads": 2,
        "intermediate_dim": 512,
        "positional_encoding": "learned",
        "normalize_first": False,
        "activation": "gelu",
    },
}
