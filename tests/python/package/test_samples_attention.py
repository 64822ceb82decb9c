# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""samples/python/seed_rows.py: totals, causes and amounts of the twelve rows, those of the C++ program included."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

import flopwatch
from sample_programs import SAMPLES, attention_model, seed_rows

ROOT = SAMPLES.parents[1]
CASES = attention_model.CASES
LINEAR, PRODUCTS = 1_509_949_440, 629_145_600  # MACs of one call of Attention
WHOLE = LINEAR + PRODUCTS
# thop's total, as it is shown, what ran, and why they differ: cause -> signed MACs.
EXPECTED = [
    (1_509_949_440, "1.510G", WHOLE, {"functional_missed": -PRODUCTS}),
    (2_139_095_040, "2.139G", WHOLE, {}),
    (3_649_044_480, "3.649G", WHOLE, {"children_beside_rule": LINEAR}),
    (4_278_190_080, "4.278G", WHOLE, {"children_beside_rule": WHOLE}),
    (5_158_993_920, "5.159G", 2 * WHOLE, {"children_beside_rule": 2 * LINEAR, "rule_sees_fewer_calls": -WHOLE}),
    (4_278_190_080, "4.278G", 2 * WHOLE, {}),
    (6_417_285_120, "6.417G", 2 * WHOLE, {"children_beside_rule": 2 * WHOLE, "rule_sees_fewer_calls": -WHOLE}),
    (2_139_095_040, "2.139G", WHOLE, {}),
    (2_139_095_040, "2.139G", WHOLE, {}),
    (2_139_095_040, "2.139G", 2 * WHOLE, {"rule_sees_fewer_calls": -WHOLE}),
    (3_649_044_480, "3.649G", WHOLE, {"children_beside_rule": LINEAR}),
    (3_649_044_480, "3.649G", WHOLE, {"children_beside_rule": LINEAR}),
]


@pytest.fixture(scope="module")
def rows() -> list[tuple[float, flopwatch.Result]]:
    """The full size: Attention(768, 12) on (1, 640, 768)."""
    return [seed_rows.count(case, attention_model.Sizes()) for case in CASES]


@pytest.mark.parametrize("at", range(len(EXPECTED)))
def test_the_row(rows: list[tuple[float, flopwatch.Result]], at: int) -> None:
    macs, result = rows[at]
    thop, shown, ran, causes = EXPECTED[at]
    assert macs == thop
    assert result.total.formula is not None
    assert (result.total.formula.macs, result.total.operator.macs) == (thop, ran)
    assert seed_rows.causes(result) == causes
    assert sum(causes.values()) == thop - ran
    assert all(v.cause and v.remedy for v in result.rows[0].verdicts if v.amount)
    assert result.losses == []
    text = seed_rows.row(at + 1, CASES[at], macs, result)
    assert re.split(r"  +", text.strip())[3:5] == [str(CASES[at].calls), shown]
    assert ("agrees" in text) == (not causes)


# ---- the C++ program


def braces(text: str, names: dict[str, Any]) -> Any:
    """A braced initializer of C++ as tuples."""
    text = re.sub(r"//.*", "", text).replace("'", "").replace("{}", "()").replace("true", "True")
    text = text.replace("false", "False").replace("{", "(").replace("}", ",)")
    return eval(f"({text.strip().rstrip(',')},)", {"__builtins__": {}, **names})


def between(file: str, start: str, end: str) -> str:
    text = (ROOT / file).read_text()
    return text[text.index(start) + len(start) :].partition(end)[0]


def test_the_cases_are_those_of_the_cpp_program() -> None:
    text = between("samples/attention/cases.cpp", "using enum case_description::model_kind;\n  return {", "  };")
    kinds = {"custom": "CustomModule", "stack": "AttentionStack", "attention": "Attention", "once": 1, "twice": 2}
    listed = braces(text, kinds)
    assert len(listed) == len(CASES)
    for case, (calls, kind, outer, *flags) in zip(CASES, listed, strict=True):
        on_custom, on_stack, on_attention, begins_table = (*flags, False)[:4]
        assert case.model == (f"Outer({kind})" if outer else kind)
        assert case.calls == calls
        assert case.begins_table == begins_table
        rules = [
            name
            for name, on in (("CustomModule", on_custom), ("AttentionStack", on_stack), ("Attention", on_attention))
            if on
        ]
        assert [rule.__name__ for rule in case.rules] == rules


def test_causes_and_amounts_are_those_of_the_cpp_program() -> None:
    file = "tests/torch/attention_test.cpp"
    constants = dict(re.findall(r"constexpr std::int64_t (\w+_macs) = ([\d']+);", (ROOT / file).read_text()))
    names: dict[str, Any] = {name: int(value.replace("'", "")) for name, value in constants.items()}
    for kind in ("functional_missed", "children_beside_rule", "rule_sees_fewer_calls"):
        names[kind] = kind
    listed = braces(between(file, "static std::vector<expected> const rows{", "  };"), names)
    assert [(thop, ran, dict(causes)) for thop, ran, causes in listed] == [
        (thop, ran, causes) for thop, _, ran, causes in EXPECTED
    ]


# ---- the program


def test_small_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    assert seed_rows.main("--batch 2 --seq 32 --dim 48 --heads 4 --explain 10".split()) == 0
    out = capsys.readouterr().out
    assert out.startswith("Attention(dim=48, heads=4), input (2, 32, 48), in MACs\n\n")
    linear, products = 2 * 4 * 32 * 48 * 48, 2 * 2 * 48 * 32 * 32
    lines = [line for line in out.partition("Row 10 whole")[0].splitlines() if re.match(r" *\d+  ", line)]
    assert len(lines) == 12
    short = seed_rows.short
    assert lines[0].split()[4:6] == [short(linear), short(linear + products)]
    assert lines[0].endswith(f"functional work missed -{short(products)}")
    assert lines[4].endswith(f"children counted beside a rule +{short(2 * linear)}")
    assert f"\n{'':79}rule sees fewer calls -{short(linear + products)}\n" in out
    assert f"-{linear + products:,} MACs  rule sees fewer calls in inner" in out.partition("Row 10 whole")[2]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--dim 50", "--dim is a multiple of --heads"),
        ("--heads 0", "all sizes are 1 or more"),
        ("--explain 13", "--explain takes a row from 1 to 12, or 0"),
        ("--explain -1", "--explain takes a row from 1 to 12, or 0"),
    ],
)
def test_what_makes_no_sense(words: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        seed_rows.main(words.split())
    assert caught.value.code == 2
    assert why in capsys.readouterr().err


def test_it_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, str(SAMPLES / "seed_rows.py"), "--seq=8", "--dim=8", "--heads=2", "--explain=0"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 3 + 12 + 2 + 1  # two rows have two causes
