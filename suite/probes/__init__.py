"""Probes: measurements on the initial and the kept weights of a study's replicates, one file each.

A probe's module has `measure`, which runs in a worker, and `find`, which makes findings of what was measured
of all replicates; both are described in `suite.probes.run`. To add one, add its file and a line to PROBES.
Importing this package does not import TensorFlow.
"""

PROBES: dict[str, str] = {
    "activations": "suite.probes.activations",
    "bias_variance": "suite.probes.bias_variance",
    "ensemble": "suite.probes.ensemble",
    "gradients": "suite.probes.gradients",
    "seeds": "suite.probes.seeds",
    "weights": "suite.probes.weights",
}
