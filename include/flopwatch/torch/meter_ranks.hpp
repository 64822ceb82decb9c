// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include "flopwatch/meter_ranks.hpp"

namespace flopwatch {

/// For meter_options::sum_ranks: adds up over the ranks of a process group.
///
///     flopwatch::meter meter{model, {.sum_ranks = flopwatch::all_reduce(group)}};
///
/// \param group a pointer to a c10d::ProcessGroup or c10d::Backend, which it keeps: what has their
/// `allreduce` \param device where the group adds up: the CPU for gloo, the GPU of this process for NCCL
template <class Group>
[[nodiscard]] rank_sum all_reduce(Group group, at::Device device = at::kCPU) {
  return [group = std::move(group), device](std::span<std::int64_t> numbers) {
    auto const size = static_cast<std::int64_t>(numbers.size());
    auto const own = at::from_blob(numbers.data(), {size}, at::TensorOptions(at::kLong));
    std::vector<at::Tensor> summed{own.to(device)};
    group->allreduce(summed)->wait();
    own.copy_(summed.front());  // itself on the CPU
  };
}

}  // namespace flopwatch
