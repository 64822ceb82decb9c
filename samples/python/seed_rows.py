# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One attention block, counted in the twelve ways in which people count it with thop: what thop says, what ran, why.

python samples/python/seed_rows.py [--seq N] [--dim N] [--heads N] [--batch N] [--device cuda:1] [--explain ROW]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import torch
from attention_model import CASES, Case, Sizes

import flopwatch

LINE = "{:>2}  {:<21}  {:<23}  {:>5}  {:>8}  {:>8}  {}"
HEADER = LINE.format("#", "model", "custom_ops", "calls", "thop", "ran", "why thop's total is not what ran")


def count(case: Case, sizes: Sizes, device: str = "cpu") -> tuple[float, flopwatch.Result]:
    """thop's total, and the result that explains it."""
    model = case.build(sizes).to(device)
    x = torch.randn(sizes.batch, sizes.seq, sizes.dim, device=device)
    with torch.no_grad():
        macs, _params, result = flopwatch.profile(
            model, (x,), custom_ops=case.custom_ops, verbose=False, explain=True, device=device
        )
    return macs, result


def causes(result: flopwatch.Result) -> dict[str, int]:
    """Why thop's total differs from what ran: cause -> signed MACs, whose sum is the difference. Empty: it agrees."""
    found: dict[str, int] = {}
    for verdict in result.rows[0].verdicts:
        if verdict.between == "formula_operator" and verdict.kind != "agrees":
            found[verdict.kind] = found.get(verdict.kind, 0) + verdict.amount
    return found


def short(macs: float) -> str:
    return flopwatch.clever_format(macs, "%.3f")


def row(number: int, case: Case, macs: float, result: flopwatch.Result) -> str:
    """A line, and one more for each further cause."""
    texts = {verdict.kind: verdict.text for verdict in result.rows[0].verdicts}
    why = [
        f"{texts[kind]} {'+' if amount > 0 else '-'}{short(abs(amount))}" for kind, amount in causes(result).items()
    ]
    ran = short(result.total.operator.macs)
    first, *more = why or ["agrees"]
    lines = [LINE.format(number, case.model, case.rule_names, case.calls, short(macs), ran, first)]
    return "\n".join([*lines, *(LINE.format(*[""] * 6, cause) for cause in more)])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = Sizes()
    parser.add_argument("--batch", type=int, default=sizes.batch)
    parser.add_argument("--seq", type=int, default=sizes.seq, help="tokens")
    parser.add_argument("--dim", type=int, default=sizes.dim, help="a multiple of the heads")
    parser.add_argument("--heads", type=int, default=sizes.heads)
    parser.add_argument("--device", default="cpu", help="cuda:N, or cpu")
    parser.add_argument("--explain", type=int, metavar="ROW", default=5, help="the row to show whole; 0: none")
    options = parser.parse_args(arguments)
    sizes = Sizes(options.batch, options.seq, options.dim, options.heads)
    if min(options.batch, options.seq, options.dim, options.heads) < 1 or sizes.dim % sizes.heads:
        parser.error("all sizes are 1 or more, and --dim is a multiple of --heads")
    if not 0 <= options.explain <= len(CASES):
        parser.error(f"--explain takes a row from 1 to {len(CASES)}, or 0")

    print(
        f"Attention(dim={sizes.dim}, heads={sizes.heads}), input ({sizes.batch}, {sizes.seq}, {sizes.dim}), in MACs\n"
    )
    print(HEADER)
    for number, case in enumerate(CASES, 1):
        if case.begins_table and number > 1:
            print()
        print(row(number, case, *count(case, sizes, options.device)))
    if options.explain:
        print(f"\nRow {options.explain} whole\n")
        print(count(CASES[options.explain - 1], sizes, options.device)[1].report(), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
