// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "capture/process_reader.hpp"

namespace flopwatch::capture_detail {

/// What ran in one scope of a process.
struct scope_profile {
  std::int64_t entries = 0;
  std::int64_t calls = 0;
  work total;
  std::uint64_t operators = 0;  ///< which operators, how often: a hash without order
  std::uint64_t sizes = 0;      ///< the same with shapes and counts

  void add(operator_call_record const& r);
};

/// By scope id; 0: outside every scope.
using process_profile = std::map<std::int64_t, scope_profile>;

/// A hash of what a process did: equal processes entered the same scopes as often, with equal operator calls.
class process_digest {
 public:
  void add(operator_call_record const& r) noexcept;
  void add(process_scope_record const& r) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

/// The set of equal processes that most belong to, the first of them where sets are equally large.
/// \param digests one for each process, not empty \returns position of its first process
[[nodiscard]] std::size_t typical_process(std::vector<std::uint64_t> const& digests);

/// How `here` differs from `typical`; `process_difference::typical` is left to the caller.
[[nodiscard]] process_difference difference_of(process_profile const& here, process_profile const& typical);

}  // namespace flopwatch::capture_detail
