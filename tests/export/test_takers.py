"""Whoever takes an exported model: Keras's layer, TFLite, TensorFlow Serving's JSON."""

import json

import numpy as np
import outside
import pytest
import tensorflow as tf
from served import Served, raw
from tensorflow.core.protobuf import saved_model_pb2

AS_LAYER = """
import json, sys
import keras, numpy as np, tensorflow as tf
found = {}
for kind, (folder, inputs) in json.load(open(sys.argv[1])).items():
    layer = keras.layers.TFSMLayer(folder)
    given = {name: tf.constant(values, dtype) for name, (values, dtype) in inputs.items()}
    outputs = layer(given if list(given) != ["inputs"] else given["inputs"])
    symbolic = {name: keras.Input(x.shape[1:], dtype=x.dtype.name) for name, x in given.items()}
    model = layer(symbolic if list(given) != ["inputs"] else symbolic["inputs"])
    assert {name: x.dtype for name, x in model.items()} == {name: x.dtype.name for name, x in outputs.items()}
    found[kind] = {name: x.numpy().tolist() for name, x in outputs.items() if x.dtype != tf.string}
    texts = {name: x.numpy() for name, x in outputs.items() if x.dtype == tf.string}
    found[kind] |= {name: [text.decode() for text in x] for name, x in texts.items()}
json.dump(found, open(sys.argv[1], "w"))
"""


def test_keras_takes_it_as_a_layer_by_its_path_alone(served, tmp_path):
    """With its default endpoint, `serve`: of an array or a dictionary of columns, called and in a model."""
    asked = {
        kind: (
            str(case.folder),
            {
                name: (values, case.prepared.inputs[name].dtype)
                for name, values in raw(case.prepared.dataset).items()
            },
        )
        for kind, case in served.items()
    }
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    outside.run(AS_LAYER, str(tmp_path / "asked.json"), without=("suite",))
    for kind, outputs in json.loads((tmp_path / "asked.json").read_text()).items():
        case = served[kind]
        assert set(outputs) == set(case.outputs) - {"called"}
        for name, values in outputs.items():
            if case.outputs[name].dtype.kind == "f":
                np.testing.assert_allclose(values, case.outputs[name], rtol=1e-5, atol=1e-6)
            else:
                assert values == case.outputs[name].tolist()


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
@pytest.mark.parametrize("kind", ["images", "numbers", "regression"])
def test_numbers_and_images_convert_to_tflite_and_give_the_same(kind, served):
    """With built-in operations, the converter's default; example by example, missing numbers included."""
    case = served[kind]
    given = {
        name: np.array(x, case.prepared.inputs[name].dtype) for name, x in raw(case.prepared.dataset).items()
    }
    assert kind != "numbers" or any(np.isnan(x).any() for x in given.values())
    content = tf.lite.TFLiteConverter.from_saved_model(str(case.folder)).convert()
    for _ in range(2):
        predict = tf.lite.Interpreter(model_content=content).get_signature_runner("serving_default")
        for i in range(len(case.prepared.test)):
            outputs = predict(**{name: x[i : i + 1] for name, x in given.items()})
            for name in set(case.outputs) - {"called"}:
                if case.outputs[name].dtype.kind == "U":
                    assert outputs[name][0].decode() == case.outputs[name][i]
                else:
                    np.testing.assert_allclose(outputs[name][0], case.outputs[name][i], rtol=1e-4, atol=1e-5)


TYPES = {1: np.float32, 3: np.int32, 4: np.uint8, 7: object}  # of tensorflow/core/framework/types.proto


class Json:
    """What TensorFlow Serving makes of the JSON of its REST API, from the signature of the SavedModel alone.

    By https://www.tensorflow.org/tfx/serving/api_rest: `instances` is a list of examples, each an object by
    the names of the inputs, or what the only input takes; `inputs` has the whole batch, by name, or of the
    only input. The answer has `predictions`, a list of objects by the names of the outputs (of their values,
    if there is one output), or `outputs`, an object by their names (the batch, if there is one output).
    """

    def __init__(self, folder):
        saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
        (graph,) = saved.meta_graphs
        self.signature = graph.signature_def["serving_default"]
        assert self.signature.method_name == "tensorflow/serving/predict"
        self.loaded = tf.saved_model.load(str(folder)).signatures["serving_default"]

    def predict(self, body: str) -> str:
        request = json.loads(body)
        specs, by_row = self.signature.inputs, "instances" in request
        if by_row:
            rows = request["instances"]
            if not isinstance(rows[0], dict):
                (name,) = specs
                rows = [{name: row} for row in rows]
            assert all(row.keys() == specs.keys() for row in rows)
            columns = {name: [row[name] for row in rows] for name in specs}
        else:
            columns = request["inputs"]
            if not isinstance(columns, dict):
                (name,) = specs
                columns = {name: columns}
            assert columns.keys() == specs.keys()
        outputs = self.loaded(**{name: self.tensor(columns[name], spec) for name, spec in specs.items()})
        found = {name: outputs[name].numpy() for name in self.signature.outputs}
        lists = {
            name: [text.decode() for text in x] if x.dtype == object else x.tolist()
            for name, x in found.items()
        }
        alone = next(iter(lists.values())) if len(lists) == 1 else None
        if not by_row:
            return json.dumps({"outputs": lists if alone is None else alone})
        rows = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
        return json.dumps({"predictions": rows if alone is None else alone})

    def tensor(self, values: list, spec) -> tf.Tensor:
        shape = [size.size for size in spec.tensor_shape.dim]
        array = np.array(values, TYPES[spec.dtype])
        assert shape[0] == -1 and list(array.shape[1:]) == shape[1:]
        return tf.constant(array, tf.DType(spec.dtype))


def requests(case: Served) -> tuple[dict, dict]:
    """The raw test split by row and by column, as in the documentation."""
    columns = raw(case.prepared.dataset)
    if list(columns) == ["inputs"]:
        return {"instances": columns["inputs"]}, {"inputs": columns["inputs"]}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {"instances": rows}, {"inputs": columns}


@pytest.mark.parametrize(
    "kind", ["images", "columns", "numbers", "visits", "regression", "texts", "sequences", "pairs"]
)
def test_the_json_of_tensorflow_serving_by_row_and_by_column(kind, served):
    case = served[kind]
    by_row, by_column = requests(case)
    server = Json(case.folder)
    expected = {name: x for name, x in case.outputs.items() if name != "called"}
    rows = json.loads(server.predict(json.dumps(by_row)))["predictions"]
    columns = json.loads(server.predict(json.dumps(by_column)))["outputs"]
    if len(expected) == 1:
        (name,) = expected
        rows, columns = [{name: value} for value in rows], {name: columns}
    assert len(rows) == len(case.prepared.test) and columns.keys() == expected.keys()
    for name, values in expected.items():
        for found in ([row[name] for row in rows], columns[name]):
            if values.dtype.kind == "f":
                np.testing.assert_allclose(found, values, rtol=1e-5, atol=1e-6)
            else:
                assert found == values.tolist()


def test_the_names_of_inputs_and_outputs_are_plain(served):
    """An output whose name ends in `_bytes` would be given in base64."""
    for case in served.values():
        signature = Json(case.folder).signature
        assert all(name.isascii() and name.isidentifier() for name in [*signature.inputs, *signature.outputs])
        assert not any(name.endswith("_bytes") for name in signature.outputs)
