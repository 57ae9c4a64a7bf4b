"""Probes: measurements on the initial and the kept weights of a study's replicates, one file each.

A probe's module has `measure`, which runs in a worker, and `find`, which makes findings of what was measured
of all replicates; both are described in `suite.probes.run`. To add one, add its file and a line to PROBES.
Importing this package does not import TensorFlow.
"""

PROBES: dict[str, str] = {
    "activations": "suite.probes.activations",
    "baselines": "suite.probes.baselines",
    "bias_variance": "suite.probes.bias_variance",
    "decision_boundary": "suite.probes.decision_boundary",
    "decoding": "suite.probes.decoding",
    "ensemble": "suite.probes.ensemble",
    "filters": "suite.probes.filters",
    "gradients": "suite.probes.gradients",
    "inputs": "suite.probes.inputs",
    "seeds": "suite.probes.seeds",
    "weights": "suite.probes.weights",
}
