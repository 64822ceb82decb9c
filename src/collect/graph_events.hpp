// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "collect/launch_counter.hpp"
#include "collect/launch_tracker.hpp"
#include "recording/thread_record.hpp"

/// \file
/// What a launch sink does alike, however it counts: names of kernels, where a launch belongs, graphs.
/// Thread-safe, as the tables are.

namespace flopwatch::collect {

/// Where a launch of this thread belongs; nothing where no recording sees the thread.
[[nodiscard]] detail::thread_record::launch_origin origin_of_this_thread() noexcept;

/// Whether the context is on that device (CUDA's ordinal); nullopt, and a data loss, where CUPTI does not
/// say.
[[nodiscard]] std::optional<bool> is_on_device(cupti::api const& cupti, CUcontext context, int device,
                                               loss_list& losses);

/// The kernel that is launched, or a name for several.
[[nodiscard]] kernel_table::kernel kernel_of(shared_tables& shared, seen_launch const& launch);

/// The launch became a node of a graph. \param work as graph_kernel::work
void add_captured(shared_tables& shared, seen_launch const& launch, CUgraph graph, CUgraphNode node,
                  std::uint64_t work = 0) noexcept;
/// A graph or a node that no launch made.
void follow_graph(shared_tables& shared, graph_event const& event) noexcept;
/// A call that begins or ends a capture, or changes an executable graph, has returned.
void follow_capture_call(shared_tables& shared, CUcontext context, capture_call const& call,
                         CUresult code) noexcept;

}  // namespace flopwatch::collect
