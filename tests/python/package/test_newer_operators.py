# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Operators of PyTorch 2.15 and its torchvision in real calls, against counts by paper; skipped where they are not."""

import pytest
import torch

from operator_calls import count_calls, counted

ATEN = torch.ops.aten
A, SPD = torch.randn(5, 3), 4 * torch.eye(4) + torch.ones(4, 4)


def needs(space, name):
    if not hasattr(space, name):
        pytest.skip(f"this version has no {name}")


def test_lists_of_products():
    needs(ATEN, "_foreach_mm")
    pairs = [A, SPD], [torch.randn(3, 7), torch.randn(4, 2)]
    assert counted(lambda: ATEN._foreach_mm(*pairs), "aten::_foreach_mm") == (5 * 3 * 7 + 4 * 4 * 2, 0)


# Factorization; products; the scaling of columns, and the mean of a matrix and its transpose.
def test_polar_decomposition_is_what_it_calls():
    needs(ATEN, "linalg_polar")
    result = count_calls(lambda: torch.linalg.polar(A))
    work = result.total.operator
    assert (work.macs, work.other_flops) == (3 * 3 * 3 + 5 * 3 * 3, 6 * 5 * 9 + 20 * 27 + 3 * 9)
    assert result.unsupported == []


def test_square_root_of_a_matrix_is_what_it_calls():
    needs(ATEN, "linalg_matrix_sqrth")
    result = count_calls(lambda: torch.linalg.matrix_sqrth(SPD))
    work = result.total.operator
    assert (work.macs, work.other_flops) == (4 * 4 * 4, 9 * 64 + 4 + 3 * 16)
    assert result.unsupported == []


def test_lanczos_resizing():
    needs(ATEN, "_upsample_lanczos2d_aa")
    x = torch.randn(1, 3, 16, 16, requires_grad=True)
    name, flops = "aten::_upsample_lanczos2d_aa", 3 * 2 * 12 * (16 * 8 + 8 * 8)
    step = lambda: ATEN._upsample_lanczos2d_aa(x, [8, 8], False, None, None).sum().backward()  # noqa: E731
    assert counted(step, name) == counted(step, f"{name}_backward") == (0, flops)
    assert count_calls(step).unsupported == []


def test_gradient_of_grid_sampling():
    needs(ATEN, "_grid_sampler_2d_cpu_fallback_backward")
    gradient, x, grid = torch.randn(1, 3, 4, 4), torch.randn(1, 3, 5, 5), torch.randn(1, 4, 4, 2)
    call = lambda: ATEN._grid_sampler_2d_cpu_fallback_backward(gradient, x, grid, 0, 0, False)  # noqa: E731
    assert counted(call, "aten::_grid_sampler_2d_cpu_fallback_backward") == (0, 48 * 4 * 6)


def test_random_numbers_and_copies_are_no_arithmetic():
    needs(ATEN, "_philox_normal")
    key = torch.tensor([1, 2], dtype=torch.uint64)

    def calls():
        for draw in (ATEN._philox_normal, ATEN._philox_uniform):
            draw(torch.empty(4), ATEN._philox_key_split(key, 2)[0])
        ATEN._foreach_clone([A, SPD])
        ATEN.shallow_copy_data_(torch.empty(5, 3), A)

    result = count_calls(calls)
    assert (result.total.operator.macs, result.total.operator.other_flops) == (0, 0)
    assert result.unsupported == []


def test_regions_of_quantized_images():
    ops = pytest.importorskip("torchvision").ops
    needs(torch.ops.torchvision, "qroi_align")
    x = torch.quantize_per_tensor(torch.rand(1, 3, 20, 20), 0.1, 3, torch.quint8)
    boxes = torch.quantize_per_tensor(torch.tensor([[0.0, 0.0, 0.0, 5.0, 5.0]]), 1.0, 0, torch.quint8)
    align = lambda: ops.roi_align(x, boxes, (7, 6), sampling_ratio=2)  # noqa: E731
    assert counted(align, "torchvision::qroi_align") == (0, 3 * 42 * (4 * 12 + 6))


def test_overlaps_of_rotated_boxes_are_named():
    pytest.importorskip("torchvision")
    needs(torch.ops.torchvision, "box_iou_rotated")
    boxes = torch.tensor([[5.0, 5.0, 4.0, 2.0, 30.0]])
    result = count_calls(lambda: torch.ops.torchvision.box_iou_rotated(boxes, boxes))
    (call,) = result.unsupported
    assert call["name"] == "torchvision::box_iou_rotated" and "depends on the boxes" in call["note"]
    assert not result.exact
