"""The operators of an ONNX file, read from its bytes: which of them take as long as their input's values say?

Source: onnx.proto (ModelProto, GraphProto, NodeProto, TensorProto, FunctionProto).
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

from .wire import parts, text

# Element by element; along dimensions; products and windows; other places and other types, never more of them; the
# classic models.
_BY_SHAPES = frozenset(
    """
    Abs Acos Acosh Add And Asin Asinh Atan Atanh BiasGelu BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast
    CastLike Ceil Celu Clip Constant Cos Cosh Div Elu Equal Erf Exp FastGelu Floor Gelu Greater GreaterOrEqual
    HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg Not Or PRelu
    Pow QuickGelu Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum Swish Tan Tanh
    ThresholdedRelu Trilu Where Xor

    ArgMax ArgMin BatchNormalization CumSum Dropout GlobalAveragePool GlobalMaxPool GroupNorm GroupNormalization Hardmax
    InstanceNormalization LRN LayerNormalization LogSoftmax LpNormalization MeanVarianceNormalization RMSNormalization
    ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare
    SimplifiedLayerNormalization SkipLayerNormalization SkipSimplifiedLayerNormalization Softmax

    Attention AveragePool Conv ConvInteger ConvTranspose Einsum FusedConv FusedGemm FusedMatMul GRU Gemm LSTM LpPool
    MatMul MatMulInteger MatMulNBits MaxPool MultiHeadAttention RNN

    Concat DepthToSpace DequantizeLinear DynamicQuantizeLSTM DynamicQuantizeLinear DynamicQuantizeMatMul Flatten Gather
    GatherElements GatherND MatMulIntegerToFloat QAttention QGemm QLinearAdd QLinearAveragePool QLinearConcat
    QLinearConv QLinearGlobalAveragePool QLinearLeakyRelu QLinearMatMul QLinearMul QLinearSigmoid QLinearSoftmax
    QuantizeLinear Reshape ScatterElements ScatterND Shape Size Slice SpaceToDepth Split Squeeze Transpose Unsqueeze

    ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LinearClassifier LinearRegressor Normalizer SVMClassifier
    SVMRegressor Scaler TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor
    """.split()  # noqa: SIM905  (a list of two hundred quoted words is read by nobody)
)
"""Whose time follows from the shapes of their inputs."""
_OUT_OF_NOTHING = frozenset(("ConstantOfShape", "Range"))
_BY_CONSTANTS = _OUT_OF_NOTHING | {"Expand", "OneHot", "Pad", "Resize", "Tile", "TopK", "Upsample"}
"""Whose time follows from values too: known where all inputs but the first are constants, and of those that make
something out of nothing the first as well."""


@dataclass(kw_only=True, slots=True)
class _Node:
    operator: str
    inputs: list[str]
    outputs: list[str]


def take_as_long_as_shapes_say(graph: Path) -> bool:
    """Whether every operator of an ONNX file is known to take a time that follows from the shapes of the inputs.

    Not so of a file that cannot be read as one.
    """
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        view = memoryview(raw)
        try:
            return _known(view)
        except ValueError:
            return False
        finally:
            view.release()


def _known(model: memoryview) -> bool:
    constants: set[str] = set()
    nodes: list[_Node] = []
    for number, value in parts(model):
        if number == 7:  # graph
            for inner, part in parts(value):
                if inner == 1:
                    nodes.append(_node(part))
                elif inner == 5:
                    constants.update(text(each) for field, each in parts(part) if field == 8)
        elif number == 25:  # a function of the file's own
            nodes += [_node(part) for inner, part in parts(value) if inner == 7]
    for node in nodes:
        if node.operator == "Constant":
            constants.update(node.outputs)
    return all(_is_known(node, constants) for node in nodes)


def _is_known(node: _Node, constants: set[str]) -> bool:
    if node.operator in _BY_SHAPES:
        return True
    asked = node.inputs if node.operator in _OUT_OF_NOTHING else node.inputs[1:]
    return node.operator in _BY_CONSTANTS and all(not name or name in constants for name in asked)


def _node(raw: memoryview) -> _Node:
    found = _Node(operator="", inputs=[], outputs=[])
    for number, value in parts(raw):
        if number == 1:
            found.inputs.append(text(value))
        elif number == 2:
            found.outputs.append(text(value))
        elif number == 4:
            found.operator = text(value)
    return found
