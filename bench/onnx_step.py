"""One step of the network as an ONNX graph: LSTM nodes and the head, nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from predictor.forecast.artifact import Artifact
from predictor.protocols import FloatArray

OPSET, IR_VERSION = 17, 9


class Parts:
    """What the graph is made of, while it is being made."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []

    def constant(self, name: str, array: FloatArray) -> str:
        """Add saved weights; returns their name."""
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name

    def node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: int) -> None:
        """Add one operation."""
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))


def tensor(name: str, width: int) -> Any:
    """A float tensor (1, n, width) at the edge of the graph."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, width])


def graph(artifact: Artifact) -> onnx.ModelProto:
    """Inputs x (1, n, F) and h{member}_{layer}, c{member}_{layer} (1, n, H); outputs the states and the logits."""
    manifest, parts = artifact.manifest, Parts()
    parts.inputs.append(tensor("x", len(manifest.features)))
    for member in range(manifest.members):
        below = "x"
        for layer in range(manifest.layers):
            below = lstm(artifact, parts, below, (member, layer))
        head = artifact.weights[f"m{member}.head.weight"]
        weight = parts.constant(f"head{member}", head.T)
        bias = parts.constant(f"bias{member}", artifact.weights[f"m{member}.head.bias"])
        parts.node("Concat", [below, "x"], [f"z{member}"], axis=2)
        parts.node("MatMul", [f"z{member}", weight], [f"p{member}"])
        parts.node("Add", [f"p{member}", bias], [f"out{member}"])
        parts.outputs.append(tensor(f"out{member}", len(head)))
    made = helper.make_graph(parts.nodes, "step", parts.inputs, parts.outputs, parts.constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def lstm(artifact: Artifact, parts: Parts, below: str, place: tuple[int, int]) -> str:
    """Add one LSTM layer of one member; returns the name of its h."""
    member, layer = place
    tag, hidden = f"{member}_{layer}", artifact.manifest.hidden
    for name in ("h", "c"):
        parts.inputs.append(tensor(f"{name}{tag}", hidden))
        parts.outputs.append(tensor(f"{name}{tag}_out", hidden))
    saved = [
        reordered(artifact.weights[f"m{member}.lstm.{kind}_l{layer}"])
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    weights = parts.constant(f"W{tag}", saved[0][None])
    carried = parts.constant(f"R{tag}", saved[1][None])
    bias = parts.constant(f"B{tag}", np.concatenate(saved[2:])[None])
    inputs = [below, weights, carried, bias, "", f"h{tag}", f"c{tag}"]
    parts.node("LSTM", inputs, [f"y{tag}", f"h{tag}_out", f"c{tag}_out"], hidden_size=hidden)
    return f"h{tag}_out"


def reordered(array: FloatArray) -> FloatArray:
    """torch's gates (input, forget, cell, output) in ONNX's order (input, output, forget, cell)."""
    enter, forget, cell, leave = np.split(array, 4)
    return np.concatenate([enter, leave, forget, cell])
