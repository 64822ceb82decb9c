// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "capture/writer.hpp"
#include "collect/collector.hpp"
#include "recording/write_recording.hpp"

/// \file
/// What every way of counting writes alike into a capture.

namespace flopwatch::collect {

/// Id of a scope or an operator call in the capture; 0 for one that is not there.
[[nodiscard]] std::int64_t id_of(detail::written_ids const& ids, detail::scope_node const* scope);
[[nodiscard]] std::int64_t id_of(detail::written_ids const& ids, detail::operator_row const* call);

/// What a row says of its launch. Without its number, its plan, its scope and its operator call.
[[nodiscard]] launch_record record_of(launch_row const& row, std::uint32_t context);

/// \throws capture_error
void write_kernels(kernel_table const& kernels, capture_writer& writer);
void write_graphs(graph_table const& graphs, detail::written_ids const& ids, capture_writer& writer);
/// The raw images, and what those of `groups` (numbers in the plan) were collected with.
void write_raw(raw_keeper& raw, collection_plan const& plan, std::span<std::size_t const> groups,
               loss_list& losses, capture_writer& writer);

/// Metrics of groups of the plan, as plan 1 of the capture.
[[nodiscard]] std::vector<metric_record> metrics_of(collection_plan const& plan,
                                                    std::span<std::size_t const> groups);
/// Whether tensor-core metrics are among them.
[[nodiscard]] bool has_tensor_metrics(std::span<metric_record const> metrics);

/// A value as a capture has it.
[[nodiscard]] inline std::optional<double> stored(double value) noexcept {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace flopwatch::collect
