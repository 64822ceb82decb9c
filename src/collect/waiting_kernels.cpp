// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/waiting_kernels.hpp"

#include <algorithm>
#include <array>

namespace flopwatch::collect {
namespace {

// Names from public sources: NVIDIA/nccl src/device, NVSHMEM's device library, PyTorch's
// torch/csrc/distributed/c10d/symm_mem, vllm-project/vllm csrc/custom_all_reduce.cuh, flashinfer and
// TensorRT-LLM (fused and custom all-reduces), deepseek-ai/DeepEP csrc/kernels.
constexpr std::array<waiting_name, 11> known{{
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

std::span<waiting_name const> known_waiting_kernels() noexcept { return known; }

waiting_kernels::waiting_kernels(std::vector<std::string> const& changes) {
  for (auto const& name : known) parts_.emplace_back(name.part);
  for (auto const& change : changes) {
    if (change.starts_with('-')) {
      std::erase(parts_, change.substr(1));
    } else {
      parts_.push_back(change);
    }
  }
}

bool waiting_kernels::has(std::string_view mangled) const noexcept {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](std::string const& part) { return mangled.find(part) != std::string_view::npos; });
}

std::string wrong_with(std::vector<std::string> const& changes) {
  for (auto const& change : changes) {
    if (change.empty() || change == "-") return "an empty name, which is part of every kernel's";
    if (!change.starts_with('-')) continue;
    bool const listed = std::any_of(known.begin(), known.end(),
                                    [&](waiting_name const& name) { return change.substr(1) == name.part; });
    if (listed) continue;
    std::string all;
    for (auto const& name : known) all.append(all.empty() ? "" : ", ").append(name.part);
    return std::string("\"")
               .append(change)
               .append("\", which takes away what is not in the list (")
               .append(all) +
           ")";
  }
  return {};
}

}  // namespace flopwatch::collect
