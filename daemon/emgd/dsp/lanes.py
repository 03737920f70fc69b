"""Eight float32 as one vector of the processor, for kernels: one channel in each lane.

numba makes vectors of loops only where it can prove that no two rows overlap, which it cannot
within one array. A processor whose vectors are shorter takes two or four for each.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

_Function = Callable[..., Any]
_numba: Any = extending
_intrinsic: Callable[[_Function], _Function] = _numba.intrinsic

COUNT = 8
_FLOATS = ir.VectorType(ir.FloatType(), COUNT)
_INDEX = ir.IntType(32)
_FLOAT_BYTES = 4  # a row may begin anywhere: no more can be promised to the processor


class _Lanes(types.Type):
    pass


vector = _Lanes("vector")


@_numba.register_model(_Lanes)
class _LanesModel(extending.models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _FLOATS)  # type: ignore[no-untyped-call]  # numba's


def _pointer(context: Any, builder: Any, kind: Any, array: Any, row: Any, column: Any) -> Any:
    array = context.make_array(kind)(context, builder, array)
    width = builder.extract_value(array.shape, 1)
    return builder.gep(array.data, [builder.add(builder.mul(row, width), column)])


@_intrinsic
def load(_typing: Any, array: Any, row: Any, column: Any) -> Any:
    """Eight values of a row of a two-dimensional array, from a column on."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _pointer(context, builder, signature.args[0], *args)
        return builder.load(builder.bitcast(at, _FLOATS.as_pointer()), align=_FLOAT_BYTES)

    return vector(array, types.int64, types.int64), build


@_intrinsic
def store(_typing: Any, array: Any, row: Any, column: Any, value: Any) -> Any:
    """Write eight values into a row, from a column on."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _pointer(context, builder, signature.args[0], *args[:3])
        builder.store(args[3], builder.bitcast(at, _FLOATS.as_pointer()), align=_FLOAT_BYTES)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, vector), build


def _spread(builder: Any, value: Any) -> Any:
    wide = ir.VectorType(value.type, COUNT)
    one = builder.insert_element(ir.Constant(wide, ir.Undefined), value, _INDEX(0))
    zeros = ir.Constant(ir.VectorType(_INDEX, COUNT), [0] * COUNT)
    return builder.shuffle_vector(one, ir.Constant(wide, ir.Undefined), zeros)


@_intrinsic
def every(_typing: Any, value: Any) -> Any:
    """The same number in all lanes, to the precision that they have."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number = context.cast(builder, args[0], signature.args[0], types.float32)
        return _spread(builder, number)

    return vector(value), build


@_intrinsic
def size(_typing: Any, value: Any) -> Any:
    """Each lane without its sign."""

    def build(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_FLOATS, [_FLOATS])
        find: Any = cgutils.get_or_insert_function
        fabs = find(builder.module, kind, "llvm.fabs.v8f32")
        return builder.call(fabs, args)

    return vector(vector), build


@_intrinsic
def where_less(_typing: Any, one: Any, other: Any, then: Any, otherwise: Any) -> Any:
    """Lane by lane, `then` where one is less than the other; a number that is none never is."""

    def build(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        one, other, then, otherwise = args
        return builder.select(builder.fcmp_ordered("<", one, other), then, otherwise)

    return vector(vector, vector, vector, vector), build


@_intrinsic
def any_less(_typing: Any, one: Any, other: Any) -> Any:
    """Whether in any lane one is less than the other."""

    def build(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        less = builder.bitcast(builder.fcmp_ordered("<", *args), ir.IntType(COUNT))
        return builder.icmp_unsigned("!=", less, ir.Constant(less.type, 0))

    return types.boolean(vector, vector), build


def _arithmetic(symbol: Any, instruction: str) -> None:
    """Let kernels write a sum, difference or product of lanes as such."""

    @_intrinsic
    def combine(_typing: Any, one: Any, other: Any) -> Any:
        def build(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return getattr(builder, instruction)(*args)

        return vector(vector, vector), build

    def apply(one: Any, other: Any) -> Any:
        return combine(one, other)

    def typed(one: Any, other: Any) -> Any:
        return apply if isinstance(one, _Lanes) and isinstance(other, _Lanes) else None

    _numba.overload(symbol)(typed)


_arithmetic(operator.add, "fadd")
_arithmetic(operator.sub, "fsub")
_arithmetic(operator.mul, "fmul")
