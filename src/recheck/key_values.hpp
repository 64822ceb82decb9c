// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flopwatch/capture.hpp"
#include "recheck/checks.hpp"
#include "recheck/sum_result.hpp"

namespace flopwatch::recheck {

/// The values of one launch of each key, derived again from the checks that are kept. A constant key has the
/// values of each of its checks; the average of another one is derived where all of its checks are kept.
class key_values {
 public:
  /// Both must outlive it.
  key_values(capture_data const& capture, recheck_checks const& checks);

  /// Compares the key, read with its counters, with what its checks say.
  void compare(reuse_key_record const& key, reuse_sums& out);

 private:
  using values = std::vector<std::optional<double>>;  ///< nullopt: no kept check says it
  using check_list = std::vector<rechecked_check const*>;

  [[nodiscard]] values of_constant(reuse_key_record const& key, check_list const& checks, reuse_sums& out);
  [[nodiscard]] values of_average(reuse_key_record const& key, check_list const& checks);
  void compare(reuse_key_record const& key, values const& derived, reuse_sums& out);
  [[nodiscard]] std::string name_of(reuse_key_record const& key);

  recheck_checks const& checks_;
  std::map<std::int64_t, std::vector<metric_record const*>> metrics_;  ///< of each plan, in order of ids
  std::map<std::int64_t, check_list> of_key_;                          ///< those with a value
  std::map<std::int64_t, std::int64_t> group_of_chunk_;
  std::map<std::int64_t, std::string> kernels_;
};

}  // namespace flopwatch::recheck
