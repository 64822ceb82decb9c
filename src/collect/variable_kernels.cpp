// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/variable_kernels.hpp"

#include <array>

namespace flopwatch::collect {
namespace {

// Names read off the cubins of PyTorch 2.11.0, torchvision 0.26.0 and cuSOLVER 12.0, and from public sources:
// Dao-AILab/flash-attention, vllm-project/vllm, flashinfer-ai/flashinfer, NVIDIA/cutlass,
// NVIDIA/TensorRT-LLM, NVIDIA/cccl (CUB), open-mmlab/mmcv. None of them is part of another kernel's name in
// those cubins, or in those of cuBLAS 13.
//
// Not here: split-K and stream-K products, whose blocks wait for each other but add up the same partial sums
// in any order; atomics of float and double, which the memory adds up and no counter of instructions sees.
constexpr auto known = std::to_array<kernel_name>({
    // Lengths, pages and masks
    {"flash_fwd", "flash attention reads the lengths of its sequences from cu_seqlens, where it has one"},
    {"flash_bwd", "flash attention reads the lengths of its sequences from cu_seqlens, where it has one"},
    {"FlashAtt", "flash attention reads the lengths of its sequences from cu_seqlens, where it has one"},
    {"fmha_cutlass", "memory-efficient attention reads the starts of its sequences where it has some"},
    {"native_sdpa_", "cuDNN's attention reads the lengths of its sequences where it has some"},
    {"flex_attention", "its mask of blocks says which products are left out"},
    {"paged_attention", "paged attention reads the lengths of its sequences"},
    {"unified_attention", "vLLM's attention reads the lengths of its sequences"},
    {"PagedKVCache", "FlashInfer's attention reads how full its pages are"},
    {"RaggedKVCache", "FlashInfer's attention reads the lengths of its sequences"},
    {"jagged_", "the rows of a jagged tensor end where its offsets say"},
    {"ctc_loss", "the loss reads the lengths of its inputs and targets"},

    // Grouped products
    {"GroupProblemShape", "a grouped product of CUTLASS reads the sizes of its groups"},
    {"MoEProblemShape", "a grouped product of CUTLASS reads the sizes of its groups"},
    {"GemmGrouped", "a grouped product of CUTLASS reads the sizes of its groups"},
    {"MoeFCGemm", "TensorRT-LLM's product of experts reads how many tokens each has"},
    {"fused_moe", "the product of experts reads how many tokens each has"},
    {"marlin_moe", "the product of experts reads how many tokens each has"},
    {"grouped_mm", "a grouped product reads the ends of its groups"},
    {"grouped_gemm", "a grouped product reads the sizes of its groups"},

    // Sort, unique, selection
    {"DeviceRadixSort", "CUB's sort works by the bits of its keys"},
    {"DeviceSegmentedRadixSort", "CUB's sort reads where its segments end"},
    {"DeviceSegmentedSort", "CUB's sort reads where its segments end"},
    {"DeviceMergeSort", "how often a merge sort compares depends on the order that it finds"},
    {"radixSortKVInPlace", "PyTorch's sort works by the bits of its keys"},
    {"bitonicSortKVInPlace", "how often PyTorch's sort swaps depends on the order that it finds"},
    {"DeviceUniqueByKey", "how much is kept depends on the keys"},
    {"unique_bool_write", "how much is kept depends on the values"},
    {"DeviceSelect", "how much is selected depends on the values"},
    {"DevicePartition", "where each value goes depends on it"},
    {"DeviceThreeWayPartition", "where each value goes depends on it"},
    {"DeviceReduceByKey", "how much is added up depends on which keys are equal"},
    {"DeviceScanByKey", "how much is added up depends on which keys are equal"},
    {"nms_kernel", "how many boxes are compared depends on which overlap"},
    {"nms_rotated", "how many boxes are compared depends on which overlap"},
    {"nms_cuda", "how many boxes are compared depends on which overlap"},

    // Random numbers that are drawn until one is accepted
    {"poisson_cuda_kernel", "numbers are drawn until one is accepted"},
    {"gamma_cuda_kernel", "numbers are drawn until one is accepted"},
    {"binomial_cuda_kernel", "numbers are drawn until one is accepted"},

    // Optimizers
    {"multi_tensor_apply", "the sizes of its tensors are in a struct, and change with what has a gradient"},

    // Sums in half precision that are tried again where another thread was quicker
    {"HalfEiEclINS0_9ReduceAddE", "scatter_add repeats an addition in half precision if another came first"},
    {"HalfElEclINS0_9ReduceAddE", "scatter_add repeats an addition in half precision if another came first"},
    {"BFloat16EiEclINS0_9ReduceAddE", "scatter_add repeats an addition in bfloat16 if another came first"},
    {"BFloat16ElEclINS0_9ReduceAddE", "scatter_add repeats an addition in bfloat16 if another came first"},
    {"ReduceMultiplyE", "a product by atomics is repeated if another came first, in any precision"},
    {"ReduceMeanE", "a mean repeats its additions in half precision if another came first"},
    {"indexFuncLargeIndexIN3c104Half",
     "index_add repeats an addition in half precision if another came first"},
    {"indexFuncSmallIndexIN3c104Half",
     "index_add repeats an addition in half precision if another came first"},
    {"indexFuncLargeIndexIN3c108BFloat16", "index_add repeats an addition in bfloat16 if another came first"},
    {"indexFuncSmallIndexIN3c108BFloat16", "index_add repeats an addition in bfloat16 if another came first"},

    // Sums over equal indices, and over bags and segments
    {"embedding_backward_feature_kernel", "how much is added up depends on which indices are equal"},
    {"embedding_dense_backward", "how much is added up depends on which indices are equal"},
    {"compute_grad_weight", "how much an embedding's gradient adds up depends on which indices are equal"},
    {"sum_and_scatter", "how much an embedding's gradient adds up depends on which indices are equal"},
    {"indexing_backward_kernel", "how much is added up depends on which indices are equal"},
    {"coalesceValuesKernel", "how much is added up depends on which indices are equal"},
    {"EmbeddingBag_", "a bag ends where its offsets say"},
    {"segment_reduce", "a segment ends where its lengths say"},

    // Points that can be outside of an image
    {"grid_sampler_", "a point outside of the image adds nothing"},
    {"roi_align", "how many points are taken depends on the size of a region"},
    {"roi_pool", "how many points are taken depends on the size of a region"},
    {"deformable_im2col", "a point outside of the image adds nothing"},
    {"deformable_col2im", "a point outside of the image adds nothing"},

    // Iterations until a result is good enough
    {"syevj", "Jacobi's method for eigenvalues turns until what is left is small"},
    {"syevbj", "Jacobi's method for eigenvalues turns until what is left is small"},
    {"gesvdj", "Jacobi's method for singular values turns until what is left is small"},
    {"gesvdbj", "Jacobi's method for singular values turns until what is left is small"},
    {"jacobi", "Jacobi's method turns until what is left is small"},
    {"rotate_batch", "Jacobi's method turns until what is left is small"},
    {"batched_svd_qr", "QR steps are repeated until what is left is small"},
    {"steqr", "QR steps are repeated until what is left is small"},
    {"hseqr", "QR steps are repeated until what is left is small"},
    {"laed4", "the roots of an equation are approached until they are near enough"},
    {"CalcIgamma", "a series is summed up until its terms are small"},
    {"_polynomial_", "a recurrence goes on to a degree that is read from a tensor"},
});

}  // namespace

std::span<kernel_name const> known_variable_kernels() noexcept { return known; }

}  // namespace flopwatch::collect
