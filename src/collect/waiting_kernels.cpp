// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/waiting_kernels.hpp"

#include <array>

namespace flopwatch::collect {
namespace {

// Names from public sources: NVIDIA/nccl src/device, NVSHMEM's device library, PyTorch's
// torch/csrc/distributed/c10d/symm_mem, vllm-project/vllm csrc/custom_all_reduce.cuh, flashinfer and
// TensorRT-LLM (fused and custom all-reduces), deepseek-ai/DeepEP csrc/kernels.
constexpr std::array<kernel_name, 11> known{{
    {"nccl", "NCCL's collectives wait for the kernels of the other ranks"},
    {"nvshmem", "NVSHMEM's operations wait for the other processing elements"},
    {"symmetric_memory", "PyTorch's symmetric memory waits for signals of the other ranks"},
    {"one_shot_all_reduce", "the all-reduce waits for the other ranks"},
    {"two_shot_all_reduce", "the all-reduce waits for the other ranks"},
    {"multimem_", "operations on multicast memory wait for the other ranks"},
    {"cross_device_reduce", "vLLM's and SGLang's all-reduce waits for the other GPUs"},
    {"allreduce_fusion", "the fused all-reduce waits for the other GPUs"},
    {"oneShotAllReduce", "TensorRT-LLM's all-reduce waits for the other GPUs"},
    {"twoShotAllReduce", "TensorRT-LLM's all-reduce waits for the other GPUs"},
    {"deep_ep", "DeepEP's dispatch and combine wait for the other ranks"},
}};

}  // namespace

std::span<kernel_name const> known_waiting_kernels() noexcept { return known; }

std::string wrong_with(std::vector<std::string> const& changes) { return wrong_with(known, changes); }

}  // namespace flopwatch::collect
