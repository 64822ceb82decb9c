// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "flopwatch/capture_records.hpp"

namespace flopwatch::capture_detail {

/// Makes one record of operator calls that several processes made alike (same scope, operator, shapes, phase
/// and so on), with the sums of all. The first one's id stands for them.
class call_folding {
 public:
  /// Calls come by rising id. Sums that do not fit 64 bits stay apart.
  void add(operator_call_record r);
  /// The same for formula calls of one scope, module and unit.
  void add(formula_call_record const& r);

  /// The id that stands for a call's; that of a call that is not there stays.
  [[nodiscard]] std::int64_t id_of(std::int64_t call) const noexcept;
  [[nodiscard]] std::vector<operator_call_record> take_calls() { return std::move(calls_); }
  [[nodiscard]] std::vector<formula_call_record> take_formula_calls() { return std::move(formula_calls_); }

 private:
  std::vector<operator_call_record> calls_;
  std::vector<formula_call_record> formula_calls_;
  std::unordered_multimap<std::uint64_t, std::size_t> place_of_call_;     ///< by hash
  std::unordered_multimap<std::uint64_t, std::size_t> place_of_formula_;  ///< by hash
  std::vector<std::int64_t> ids_;                                         ///< of all calls, rising
  std::vector<std::int64_t> stand_for_;  ///< parallel: the id of the one that they are in
};

}  // namespace flopwatch::capture_detail
