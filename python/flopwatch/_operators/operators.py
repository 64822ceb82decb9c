# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The user's operator rules for the operator column.

Three ways to write one become one kind of function, which the native session calls when such an operator begins:
`f(name, overload, args) -> (macs, useful_macs, other_flops, precision or None)`. It raises RuleError, and the call is
listed as unsupported with that text. The functions are called with the GIL, on the thread that runs the operator, once
for each distinct set of arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .. import _arguments as arguments
from .._errors import RuleError, UsageError
from .call import (
    OperatorCall,
    Tensor,
    TensorShape,
    Work,
    error_text,
    meta_output,
    split,
    to_meta,
    whole,
)
from .values import JitValue, Unseen

__all__ = [
    "OperatorCall",
    "Tensor",
    "TensorShape",
    "Work",
    "from_handles",
    "from_rules",
    "from_torch_registry",
    "own_operator_rules",
]

NativeRule = Callable[[str, str, Sequence[Any]], tuple[int, int, int, str | None]]
PRECISIONS = ("fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8", "integer", "unknown")


def own_operator_rules(
    rules: Mapping[Any, Callable[..., Any]] | None = None, handles: Mapping[Any, Callable[..., Any]] | None = None
) -> dict[str, NativeRule]:
    """What the user gave for one session. They win over torch's registry. Raises UsageError for what is no rule, and
    for an operator with two."""
    by_call = from_rules(arguments.mapping("operator_rules", rules, "{'ns::op': rule}"))
    by_handle = from_handles(arguments.mapping("operator_handles", handles, "{'ns::op': handle}"))
    for name in by_call.keys() & by_handle.keys():
        raise UsageError(f"{name} has a rule in operator_rules and one in operator_handles: give one of them")
    return {**by_handle, **by_call}


def from_rules(rules: Mapping[Any, Callable[[OperatorCall], int | Work]]) -> dict[str, NativeRule]:
    """`{"ns::op": f(call)}`, where f returns the MACs as a number, or Work."""
    return _by_name(rules, _from_rule)


def from_handles(handles: Mapping[Any, Callable[[list[Any], list[Any]], Any]]) -> dict[str, NativeRule]:
    """`{"ns::op": f(inputs, outputs)}` as for fvcore's `set_op_handle`, on values like torch.jit's.

    What fvcore calls a flop is one MAC here; the values of a Counter are added up. `outputs` needs the operator's fake
    kernel, but only where f reads them.
    """
    return _by_name(handles, _from_handle)


def _by_name(
    given: Mapping[Any, Callable[..., Any]], native_of: Callable[[Callable[..., Any]], NativeRule]
) -> dict[str, NativeRule]:
    found: dict[str, NativeRule] = {}
    for key, rule in given.items():
        name = operator_name(key)
        if name in found:
            raise UsageError(f"{name} has two rules, by its name and by the operator itself: give one of them")
        found[name] = native_of(_function(key, rule))
    return found


def from_torch_registry() -> dict[str, NativeRule]:
    """The formulas given to `torch.utils.flop_counter.register_flop_formula`, but for aten's, which flopwatch has.

    They return FLOPs, 2 for each MAC; the rest of an odd number becomes other arithmetic. `out_shape` and `out_val`
    need the operator's fake kernel, but only where the formula reads them.
    """
    # Whoever registered a formula has imported this; importing it here would load Triton with it.
    flop_counter = sys.modules.get("torch.utils.flop_counter")
    found: dict[str, NativeRule] = {}
    for target, formula in getattr(flop_counter, "flop_registry", {}).items():
        if isinstance(target, torch._ops.OpOverloadPacket):  # else a Triton kernel, which the dispatcher does not see
            name = target._qualified_op_name
            if not name.startswith("aten::"):
                found[name] = _from_formula(formula)
    return found


def operator_name(key: Any) -> str:
    """`"ns::op"`, the operator itself (torch.ops.ns.op), or the class name of an autograd.Function.

    Raises UsageError for anything else.
    """
    if isinstance(key, torch._ops.OpOverloadPacket):
        return key._qualified_op_name
    parts = key.split("::") if isinstance(key, str) else []
    # "mm" alone is a slip for "aten::mm", not a class of that name.
    is_class_name = len(parts) == 1 and not hasattr(torch.ops.aten, parts[0])
    if not ((len(parts) == 2 or is_class_name) and all(part.isidentifier() for part in parts)):
        raise UsageError(f'an operator is named like "aten::mm", without overload, not {key!r}')
    return str(key)


def _function(key: Any, rule: Any) -> Callable[..., Any]:
    if not callable(rule):
        raise UsageError(f"the rule of {key} is no function but a {type(rule).__name__}, {rule!r}: give a function")
    function: Callable[..., Any] = rule
    return function


def _native(work_of: Callable[[OperatorCall], Work]) -> NativeRule:
    """What the native session calls. Whatever a rule raises becomes a RuleError with the operator's name."""

    def count(name: str, overload: str, args: Sequence[Any]) -> tuple[int, int, int, str | None]:
        call = _call(name, overload, args)
        try:
            return _checked(call, work_of(call))
        except RuleError as error:
            text = str(error)
            raise RuleError(text if text.startswith(name) else f"{name}: {text}") from None
        except Exception as error:
            raise RuleError(f"{name}: the rule raised {error_text(error)}") from error

    return count


def _from_rule(rule: Callable[[OperatorCall], Any]) -> NativeRule:
    def work_of(call: OperatorCall) -> Work:
        answer = rule(call)
        return answer if isinstance(answer, Work) else Work(macs=answer)

    return _native(work_of)


def _from_handle(handle: Callable[[list[Any], list[Any]], Any]) -> NativeRule:
    def work_of(call: OperatorCall) -> Work:
        inputs = [JitValue(value, argument) for value, argument in zip(call.args, _names(call), strict=True)]
        answer = handle(inputs, _jit_outputs(call))
        if isinstance(answer, Mapping):
            answer = sum(whole(call.name, f"MACs of {key}", value) for key, value in answer.items())
        return Work(macs=answer)

    return _native(work_of)


def _from_formula(formula: Callable[..., Any]) -> NativeRule:
    def work_of(call: OperatorCall) -> Work:
        values = [
            Unseen(f"{call.name}: the formula reads the argument {argument}, which is not recorded")
            if value is ...
            else to_meta(value)
            for value, argument in zip(call.args, _names(call), strict=True)
        ]
        positional, keyword = split(call, values)
        flops = whole(call.name, "FLOPs", formula(*positional, out_val=_meta_or_unseen(call), **keyword))
        return Work(macs=flops // 2, other_flops=flops % 2)

    return _native(work_of)


def _names(call: OperatorCall) -> list[str]:
    try:
        names = list(call.names)
    except RuleError:  # no schema in this process; the names are for messages only
        names = []
    return [*names, *(str(i) for i in range(len(names), len(call.args)))][: len(call.args)]


def _jit_outputs(call: OperatorCall) -> list[Any]:
    try:
        return [JitValue(value, f"output {i}") for i, value in enumerate(call.outputs)]
    except RuleError as error:
        try:
            count = len(call.operator._schema.returns)
        except RuleError:
            count = 1
        return [Unseen(str(error)) for _ in range(count)]


def _meta_or_unseen(call: OperatorCall) -> Any:
    try:
        return meta_output(call)
    except RuleError as error:
        return Unseen(str(error))


def _call(name: str, overload: str, args: Sequence[Any]) -> OperatorCall:
    call = OperatorCall(name, "" if overload == "default" else overload, tuple(args))
    for tensor in call.tensors:
        # Neither dense nor sparse, and no sizes: a nested tensor, whose sizes no one has.
        if not getattr(tensor, "is_strided", True) and getattr(tensor, "stored", -1) < 0 and not tensor.sizes:
            raise RuleError(f"{name}: the sizes of a nested tensor are not known")
    return call


def _checked(call: OperatorCall, work: Work) -> tuple[int, int, int, str | None]:
    macs = whole(call.name, "MACs", work.macs)
    other_flops = whole(call.name, "other FLOPs", work.other_flops)
    useful = macs if work.useful_macs is None else whole(call.name, "useful MACs", work.useful_macs)
    if useful > macs or (macs and not useful):
        raise RuleError(f"{call.name}: the rule gave {useful} useful MACs of {macs}; it must be 1 to {macs}, or None")
    precision = call.precision if work.precision is None else work.precision
    if precision is not None and precision not in PRECISIONS:
        raise RuleError(f"{call.name}: the rule named the precision {precision!r}; there are {', '.join(PRECISIONS)}")
    return macs, useful, other_flops, precision
