// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "flopwatch/capture.hpp"
#include "recording/scope_tree.hpp"

namespace flopwatch::detail {

struct operator_row;

/// What the generated code of a compiled region does in one run, as read from the region's graph: calls that
/// the dispatcher does not see.
struct region_work {
  struct call {
    std::string base;      ///< "aten::mm"
    std::string overload;  ///< "default" is ""
    bool decomposed = false;
    std::vector<std::int64_t> args;  ///< encoded, see rules/operator/encoding.hpp
    std::int64_t times = 1;
  };
  std::uint64_t id = 0;  ///< different for each region and each binding of its sizes
  std::vector<call> calls;
};

/// The rows that regions added to, of one thread: a region that runs again in the same scope finds its own.
class region_rows {
 public:
  struct counted_times {
    operator_row* row;
    std::int64_t times;
  };
  using rows = std::vector<counted_times>;

  /// Null when the region was not met in this scope and phase.
  [[nodiscard]] rows const* find(std::uint64_t region, scope_node const* scope, phase in_phase) const;
  rows& add(std::uint64_t region, scope_node const* scope, phase in_phase);

 private:
  std::map<std::tuple<std::uint64_t, scope_node const*, phase>, rows> known_;
};

}  // namespace flopwatch::detail
