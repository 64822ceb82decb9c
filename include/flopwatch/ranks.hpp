// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/capture.hpp"

/// \file
/// The processes of a merged capture next to each other: who did the same, who differs, and why. Pure.

namespace flopwatch {

/// Why a process differs from the typical one, which most are equal to.
enum class rank_cause : std::uint8_t {
  none,            ///< it does not
  lost_data,       ///< it has a data loss of severity error
  other_part,      ///< it lacks scopes, or has others: another part of the model
  uneven_batches,  ///< the same operator calls, all products on other sizes
  imbalance,    ///< the same operator calls, some products on other sizes: experts that get more tokens, say
  other_calls,  ///< other operator calls, or another number of them
  other_arithmetic,  ///< the same products; what differs is other arithmetic or the entries of scopes
  other_counters,    ///< the same operator calls, and other measured FLOPs
};

/// Stable name for JSON: "uneven_batches".
[[nodiscard]] std::string_view to_string(rank_cause c) noexcept;
/// Short text for a table cell: "uneven batches".
[[nodiscard]] std::string_view short_text(rank_cause c) noexcept;

/// Processes that did the same, with the figures of each of them.
struct rank_group {
  std::vector<std::size_t> members;  ///< positions in capture_data::processes
  work total;                        ///< operator column
  std::int64_t formula_macs = 0;
  std::int64_t launches = 0;
  std::int64_t unmeasured_launches = 0;        ///< of `launches`: a kernel of NCCL that waits for others, say
  std::optional<std::int64_t> measured_flops;  ///< of the measured launches; nullopt: there are none
  rank_cause cause = rank_cause::none;
  std::string why;  ///< one sentence with names and numbers; "" for `none`
};

/// One group for each different set of figures and causes, in the order of their first processes. Empty for a
/// capture that is not merged.
[[nodiscard]] std::vector<rank_group> rank_groups(capture_data const& capture);

/// "ranks 0-3 of 8"; `members` as in rank_group.
[[nodiscard]] std::string names_of(capture_data const& capture, std::vector<std::size_t> const& members);

}  // namespace flopwatch
