# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""samples/python/custom_op_*.py: what each column says of operators of one's own, and of none invented."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch.utils import flop_counter

import flopwatch
from sample_programs import custom_op_deform_conv, custom_op_extension, custom_op_library, custom_op_triton

no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="what the sample says where there is no GPU")


def not_counted(result: flopwatch.Result) -> list[tuple[str, str]]:
    return [(operator["name"], operator["status"]) for operator in result.unsupported]


# ---- an extension bound by pybind11

ROWS, COLS = custom_op_extension.ROWS, custom_op_extension.COLS
LINEAR_MACS = ROWS * COLS * COLS
PAPER_FLOPS = 10 * ROWS * COLS


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Some 15 seconds of compiling on one core."""
    for program in ("ninja", "c++"):
        if shutil.which(program) is None:
            pytest.skip(f"torch.utils.cpp_extension needs {program}")
    return custom_op_extension.build(tmp_path_factory.mktemp("extension"))


def gelu_rowsum(x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    v = (x + bias).double()
    t = v.clamp(-3, 3)
    return (v * (0.5 + t * (0.380442 - 0.0444002 * t**2 + 0.00235268 * t**4))).sum(1).float()


def test_the_extension_computes_what_it_says(extension: ModuleType) -> None:
    x, bias = 2 * torch.randn(5, 7), torch.randn(7)
    torch.testing.assert_close(extension.bias_gelu_rowsum(x, bias), gelu_rowsum(x, bias))
    with pytest.raises(RuntimeError, match=r"wants x \(rows, cols\) and bias \(cols\)"):
        extension.bias_gelu_rowsum(x, bias[:5])
    function = custom_op_extension.as_autograd_function(extension)
    inputs = x.double().float().requires_grad_(), bias.requires_grad_()
    got = torch.autograd.grad(function(*inputs).sum(), inputs)
    wanted = torch.autograd.grad(gelu_rowsum(*inputs).sum(), inputs)
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-5)


def test_a_plain_function_leaves_no_trace(extension: ModuleType) -> None:
    result = custom_op_extension.count(extension.bias_gelu_rowsum)
    assert result.total.operator.macs == result.total.formula.macs == LINEAR_MACS
    assert result.total.operator.other_flops == 0  # for 1,310,720 that ran
    assert not_counted(result) == []
    assert {verdict.kind for verdict in result.rows[0].verdicts} == {"agrees"}


def test_an_autograd_function_is_named(extension: ModuleType) -> None:
    result = custom_op_extension.count(custom_op_extension.as_autograd_function(extension))
    assert not_counted(result) == [("BiasGeluRowsum", "unsupported")]
    assert result.total.operator.other_flops == 0


def test_an_operator_is_listed_and_its_rule_counts(extension: ModuleType) -> None:
    operator = custom_op_extension.as_operator(extension)
    result = custom_op_extension.count(operator)
    assert not_counted(result) == [("sample_python::bias_gelu_rowsum", "unsupported")]
    assert (result.total.operator.macs, result.total.operator.other_flops) == (LINEAR_MACS, 0)
    result = custom_op_extension.count(operator, with_rule=True)
    assert not_counted(result) == []
    assert (result.total.operator.macs, result.total.operator.other_flops) == (LINEAR_MACS, PAPER_FLOPS)


def test_the_extension_sample_prints_the_four_ways(
    extension: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom_op_extension, "build", lambda _: extension)
    assert custom_op_extension.main([]) == 0
    out = capsys.readouterr().out
    assert "bias + GELU + row sum on (256, 512): 1,310,720 FLOPs on paper\n" in out
    assert out.count("  formula   67,108,864 MACs: thop has a rule for Linear alone\n") == 4
    assert out.count("  operator  67,108,864 MACs and 0 other FLOPs\n") == 3
    assert out.count("  operator  67,108,864 MACs and 1,310,720 other FLOPs\n") == 1
    assert "  not counted: BiasGeluRowsum [256,512] [512]\n" in out
    if not torch.cuda.is_available():
        assert out.count("  measured  not collected\n") == 4


# ---- torch.library.custom_op in Python


def test_an_operator_in_python_is_opened() -> None:
    result = custom_op_library.count()
    base = custom_op_library.BATCH * custom_op_library.WIDTH**2
    assert result.total.operator.macs == base + custom_op_library.PAPER_MACS
    assert result.total.formula.macs == base
    assert not_counted(result) == [("sample_python::low_rank", "partly_counted")]
    assert {v.kind for v in result.rows[0].verdicts} == {"functional_missed", "partly_counted"}


def test_torchs_registry_gives_it_a_rule() -> None:
    before = dict(flop_counter.flop_registry)
    with custom_op_library.registered_formula():
        result = custom_op_library.count()
    assert flop_counter.flop_registry == before
    assert not_counted(result) == []
    [counted] = [o for o in result.data["operators"] if o["name"].startswith("sample_python::")]
    assert (counted["status"], counted["operator_macs"]) == ("counted", custom_op_library.PAPER_MACS)
    assert not any(o["name"].startswith("aten::mm") and o["operator_macs"] for o in result.data["operators"])


def test_the_library_sample_prints_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert custom_op_library.main() == 0
    out = capsys.readouterr().out
    assert out.count("  operator  147,456 MACs\n") == 2
    assert out.count("  aten::mm: counted, 8,192 MACs\n") == 2
    assert "  sample_python::low_rank: partly_counted, 0 MACs\n" in out
    assert "  sample_python::low_rank: counted, 16,384 MACs\n" in out


# ---- Triton


@no_gpu
def test_without_a_gpu_triton_counts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert custom_op_triton.main([]) == 0
    out = capsys.readouterr().out
    assert out.startswith("No NVIDIA GPU here, so the Triton kernel cannot run, and there is nothing to count.\n")
    assert not any(word in out for word in ("MACs", "on paper", "131"))


def test_the_triton_samples_operator_and_rule() -> None:
    """With the kernel's arithmetic in PyTorch's own operators in its place: the wrapping is what is tested."""
    operator = custom_op_triton.as_operator(lambda x: (x * 3 + 1) * x)
    model, x = custom_op_triton.Squares(operator), torch.randn(custom_op_triton.ROWS, custom_op_triton.COLS)
    with torch.no_grad():
        result = flopwatch.count(model, x, operator_rules={"sample_python::scaled_square": custom_op_triton.rule})
    assert not_counted(result) == []
    assert result.total.operator.other_flops == custom_op_triton.PAPER_FLOPS == 3 * 256 * 512


def test_the_triton_kernel_does_what_stands_on_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled for a GPU that need not be here: one fused multiply-add and one multiply for each element."""
    triton = pytest.importorskip("triton")
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    signature = {"x_ptr": "*fp32", "out_ptr": "*fp32", "size": "i32", "BLOCK": "constexpr"}
    source = ASTSource(custom_op_triton.make_kernel(), signature, constexprs={"BLOCK": custom_op_triton.BLOCK})
    compiled = triton.compile(source, target=GPUTarget("cuda", 90, 32))
    threads = 32 * compiled.metadata.num_warps
    instructions = re.findall(r"^\s*(\w+)\.(?:rn\.)?f32\s", compiled.asm["ptx"], re.MULTILINE)
    each = custom_op_triton.BLOCK // threads
    assert Counter(instructions) == {"fma": each, "mul": each}
    assert custom_op_triton.PAPER_FLOPS == (2 + 1) * custom_op_triton.ROWS * custom_op_triton.COLS


# ---- torchvision's deformable convolution


def test_a_costlier_model_is_cheaper_by_formula() -> None:
    plain, _ = custom_op_deform_conv.explain(custom_op_deform_conv.Plain().eval())
    macs, result = custom_op_deform_conv.explain(custom_op_deform_conv.Deformable().eval())
    assert plain == custom_op_deform_conv.CONV_MACS == 18 * 18 * 64 * 32 * 9
    assert macs == custom_op_deform_conv.OFFSET_MACS == 18 * 18 * 18 * 32 * 9
    assert macs < plain
    assert result.total.operator.macs == custom_op_deform_conv.CONV_MACS + custom_op_deform_conv.OFFSET_MACS
    assert not_counted(result) == []
    causes = {v.kind: (v.path, v.amount) for v in result.rows[0].verdicts}
    assert causes["no_rule"] == ("conv", -custom_op_deform_conv.CONV_MACS)
    assert "partly_counted" not in causes


def test_the_rule_of_the_deformable_convolution() -> None:
    result = custom_op_deform_conv.count(custom_op_deform_conv.Deformable(), custom_op_deform_conv.RULES)
    assert not_counted(result) == []
    operator = result.total.operator
    assert operator.macs == custom_op_deform_conv.CONV_MACS + custom_op_deform_conv.OFFSET_MACS == 7_651_584
    sampling, bias = 18 * 18 * 9 * 32 * 17, 18 * 18 * 64
    assert operator.other_flops == sampling + bias == 1_607_040
    built_in = custom_op_deform_conv.count(custom_op_deform_conv.Deformable()).total.operator
    assert (built_in.macs, built_in.other_flops) == (operator.macs, operator.other_flops)


def test_the_rule_knows_groups_and_masks() -> None:
    """Worked out by hand: 2 groups, 3 groups of offsets, a mask, stride 2, a batch of 5."""
    from torchvision.ops import deform_conv2d

    class Grouped(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            places = (5, 2 * 3 * 6, 4, 3)
            weight, bias = torch.randn(4, 3, 3, 2), torch.randn(4)
            mask = torch.rand(5, 3 * 6, 4, 3)
            return deform_conv2d(x, torch.randn(places), weight, bias, stride=2, mask=mask)

    result = flopwatch.count(Grouped(), torch.randn(5, 6, 9, 7), operator_rules=custom_op_deform_conv.RULES)
    positions, taps = 5 * 4 * 3, 3 * 2
    [call] = [o for o in result.data["operators"] if o["name"] == "torchvision::deform_conv2d"]
    assert call["calls"] == 1
    assert call["operator_macs"] == positions * 4 * 3 * taps
    values = positions * taps * 6
    assert call["operator_other_flops"] == 17 * values + values + positions * 4


def test_the_deform_conv_sample(capsys: pytest.CaptureFixture[str]) -> None:
    assert custom_op_deform_conv.main() == 0
    out = capsys.readouterr().out
    assert "On paper: 5,971,968 MACs for the plain convolution, 7,651,584 for the deformable one\n" in out
    assert "thop:     5,971,968 MACs for the plain convolution, 1,679,616 for the deformable one\n" in out
    assert "conv (DeformConv2d) has no rule and did 5,971,968 MACs" in out
    assert "operator: 7,651,584 MACs and 1,607,040 other FLOPs\n" in out
    assert "on paper: 7,651,584 MACs and 1,607,040 other FLOPs\n" in out
