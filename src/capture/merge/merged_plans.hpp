// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "capture/merge/input.hpp"
#include "capture/plan_metrics.hpp"
#include "capture/writer.hpp"

namespace flopwatch::capture_detail {

/// The plans of all captures: those with the same metrics, collected for the same chip with the same
/// configuration, are one.
class merged_plans {
 public:
  explicit merged_plans(capture_writer& to) : to_(to) {}

  /// Takes the plans of the next capture and writes those that are new; from then on ids are its. \throws
  /// damage
  void take(merge_input const& input);

  /// 0 stays 0. \throws damage for one that is not there, naming who asks
  [[nodiscard]] std::int64_t plan(std::int64_t id, char const* who) const;
  /// As the capture has them.
  [[nodiscard]] plan_metrics const& metrics() const noexcept { return metrics_; }
  [[nodiscard]] bool is_reused(std::int64_t id) const { return reused_.at(id); }

 private:
  capture_writer& to_;
  std::map<std::string, std::int64_t> by_content_;
  std::int64_t plans_ = 0;
  std::int64_t metric_ids_ = 0;

  // Of the capture that is taken.
  plan_metrics metrics_;
  std::map<std::int64_t, bool> reused_;
  std::map<std::int64_t, std::int64_t> plans_of_;
};

}  // namespace flopwatch::capture_detail
