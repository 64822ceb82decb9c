# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""`flopwatch.audit`: is the number that is published right?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

from torch import nn

from .. import _arguments as arguments
from .._errors import UsageError
from .._load import native
from .._result import Result
from .._terminal import terminal_wants_colour, terminal_width
from .model import AuditModel, audit_model

Amount = int | str | Mapping[str, int]
Claims = str | Iterable[str] | Mapping[str, Amount | Callable[..., Amount] | None]


class Timed(Protocol):
    """An interval of a meter: `meter.last`, say."""

    steps: int
    steps_read: int
    seconds: float | None


@dataclass(frozen=True)
class AuditCause:
    """Why a claim differs from what ran."""

    cause: str
    """From a closed list: "attention_left_out", ... (docs/audit.md)."""
    text: str
    module: str
    type: str
    flops: int
    """Signed: above 0 the claim has more."""


@dataclass(frozen=True)
class AuditedClaim:
    """A claim next to what ran. The amounts of `causes` add up to `difference_flops` exactly."""

    name: str
    formula: str | None
    source: str | None
    read_as: str | None
    """Of a stated number: what explains it best, "6N, in MACs"; None where nothing does."""
    flops: int
    difference_flops: int
    utilization: float | None
    """Part of the peak; None without a time."""
    causes: tuple[AuditCause, ...]

    def by_cause(self) -> dict[str, int]:
        """The amounts added up over modules, the largest first."""
        sums: dict[str, int] = {}
        for cause in self.causes:
            sums[cause.cause] = sums.get(cause.cause, 0) + cause.flops
        return dict(sorted(sums.items(), key=lambda part: -abs(part[1])))


class Audit:
    """Claims next to what ran. Immutable."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    @cached_property
    def data(self) -> dict[str, Any]:
        """The audit by the schema docs/audit.schema.json."""
        data: dict[str, Any] = json.loads(self._compiled.json())
        return data

    @cached_property
    def claims(self) -> dict[str, AuditedClaim]:
        """By their names."""
        return {entry["name"]: _claim(entry) for entry in self.data["claims"]}

    def __getitem__(self, name: str) -> AuditedClaim:
        return self.claims[name]

    @property
    def operator_flops(self) -> int:
        """What ran: 2 for each MAC of products, of all phases."""
        return int(self.data["operator_flops"])

    @property
    def exact(self) -> bool:
        """False where something that ran was not looked into."""
        return bool(self.data["exact"])

    @property
    def exit_code(self) -> int:
        """0, 1 for a utilization above 100 %, 5 for a data loss of severity error."""
        return int(self._compiled.exit_code)

    def report(
        self, *, width: int | None = None, color: Literal["auto", "always", "never"] = "never", all: bool = False
    ) -> str:
        """The audit as text for a terminal; `width` and `color` as in `Result.report`, `all` shows every cause of each
        claim, not the six largest."""
        arguments.choice("color", color, ("auto", "always", "never"))
        return str(
            self._compiled.text(
                width=terminal_width()
                if width is None
                else arguments.whole_number("width", width, "a number of columns"),
                colour=color == "always" or (color == "auto" and terminal_wants_colour()),
                all=bool(all),
            )
        )

    def markdown(self, *, all: bool = False) -> str:
        """The audit as tables of Markdown."""
        return str(self._compiled.markdown(all=bool(all)))

    def __str__(self) -> str:
        return self.report()

    def __repr__(self) -> str:
        return f"<flopwatch.Audit: {', '.join(self.claims) or 'no claim'}>"


def audit(
    result: Result,
    claims: Claims = ("6N", "palm"),
    *,
    model: nn.Module | AuditModel | None = None,
    tokens: int = 0,
    sequence_length: int = 0,
    config: Any = None,
    step_seconds: float | Timed | None = None,
    peak_flops: str | float | Mapping[str, float] | None = None,
    number_format: str = "",
    chips: float = 1,
) -> Audit:
    """Sets claims next to what `result` has of its operators, and explains each difference module by module.

    `claims`: names of conventions (`flopwatch audit --list`), or a mapping of names to what they claim: a number of
    FLOPs of all that ran, a text like "4.1G", "2.05GMACs" or "6.4G/token", {module path: FLOPs}, None for the
    convention of that name, or a function that gives one of these; it is called with the model. `model`: the module
    that ran, or what `audit_model` read of it; without it parameters are those that the capture shows. `tokens`,
    `sequence_length`, `config`: as `audit_model` has them; what is not given is taken from the capture.

    `step_seconds`: how long all that the capture holds took in a run that was not profiled, or an interval of a meter
    whose steps were not counted (`meter.last`), for a capture of one call of the model; with `peak_flops`, the dense
    peak (a chip's name, FLOP/s, or {format: FLOP/s}), it gives MFU. Each product is compared with the peak of its own
    format; `number_format` ("bf16") sets one for all.

    Raises UsageError for an unknown convention, one that needs a number that is not known, a path that no module has,
    and an interval of a meter for a capture of several calls.
    """
    if not isinstance(result, Result):
        raise UsageError(f"audit reads a Result, of count, watch or open, and not a {type(result).__name__}")
    facts = model
    if not isinstance(facts, AuditModel):
        facts = _facts(facts, tokens=tokens, sequence_length=sequence_length, config=config)
    return Audit(
        native.audit(
            result._compiled,
            model=facts.json(),
            claims=[_request(name, amount, model) for name, amount in _named(claims)],
            seconds=_seconds(step_seconds, result),
            peak=_peak(peak_flops),
            format=arguments.text("number_format", number_format),
            chips=arguments.number("chips", chips),
        )
    )


def _facts(model: nn.Module | None, **given: Any) -> AuditModel:
    if model is not None:
        return audit_model(model, **given)
    return AuditModel(tokens=given["tokens"], sequence_length=given["sequence_length"])


def _named(claims: Claims) -> list[tuple[str, Any]]:
    if isinstance(claims, str):
        return [(claims, None)]
    if isinstance(claims, Mapping):
        return [(arguments.text("the name of a claim", name), amount) for name, amount in claims.items()]
    return [(arguments.text("a claim", name), None) for name in claims]


def _request(name: str, amount: Any, model: Any) -> str | tuple[str, dict[str, str]]:
    if callable(amount):
        amount = amount(model)
    if amount is None:
        return name
    if isinstance(amount, Mapping):
        return name, {arguments.text("a module", path): _digits(name, flops) for path, flops in amount.items()}
    return f"{name}={amount if isinstance(amount, str) else _digits(name, amount)}"


def _digits(name: str, amount: Any) -> str:
    whole = int(amount) if isinstance(amount, float) and amount.is_integer() else amount
    return str(arguments.whole_number(f"the claim {name!r}", whole, "a whole number of FLOPs"))


def _seconds(given: Any, result: Result) -> float | None:
    if given is None or isinstance(given, (int, float)):
        return None if given is None else float(given)
    if given.steps_read or given.seconds is None:
        raise UsageError("steps of this interval were counted, which takes time: give a later one")
    calls = result.rows[0].calls
    if calls > 1:
        raise UsageError(
            f"the capture has {calls} calls of the model, and an interval of a meter has the time of one step: give "
            "the seconds that all of them took"
        )
    return float(given.seconds) / int(given.steps)


def _peak(given: Any) -> Any:
    if isinstance(given, Mapping):
        return {name: arguments.number(f"peak_flops[{name!r}]", value) for name, value in given.items()}
    return given if given is None or isinstance(given, str) else arguments.number("peak_flops", given)


def _claim(entry: dict[str, Any]) -> AuditedClaim:
    causes = tuple(AuditCause(**{**cause, "flops": int(cause["flops"])}) for cause in entry["causes"])
    numbers = {name: int(entry[name]) for name in ("flops", "difference_flops")}
    return AuditedClaim(**{**entry, **numbers, "causes": causes})
