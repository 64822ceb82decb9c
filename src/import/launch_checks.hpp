// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "import/loss_counts.hpp"
#include "import/metric_table.hpp"

namespace flopwatch::importing {

/// What a launch's counters do not say although they look as if they did. Somebody else chose these metrics,
/// so the work that they miss has to be found in what else is known of the launch.
class launch_checks {
 public:
  launch_checks(metric_table& metrics, loss_counts& losses) : metrics_(metrics), losses_(losses) {}

  /// Compute capability of the GPU, "12.0"; "" where it is not known.
  void set_compute_capability(std::string_view text);
  /// The first number of it; 0 where it is not known.
  [[nodiscard]] int capability_major() const noexcept { return major_; }
  void set_capability_major(int major) noexcept { major_ = major; }

  /// Leaves out the values that cannot be used, and adds a metric without a value for work that ran and was
  /// not counted (`uncounted_tensor_work`, `uncounted_cuda_core_work`). \param in_operator the launch belongs
  /// to an operator call: then the attribution sees missing tensor-core work
  void apply(std::string_view kernel, bool in_operator, std::vector<metric_value>& values);

  /// Losses that are known at the end.
  void finish();

 private:
  struct totals {
    double tensor_instructions = 0, half_fused = 0;
    double tensor_flops = 0;
    bool has_tensor_instructions = false, has_tensor_flops = false, has_cuda_core = false, busy = false;
  };
  /// Whether the tensor cores worked, by what is known beside their FLOPs.
  enum class tensor_work : std::uint8_t { none, unknown, some };
  [[nodiscard]] static tensor_work work_of(totals const& t, bool named);
  [[nodiscard]] totals sum_up(std::vector<metric_value> const& values) const;
  void leave_out_older(std::vector<metric_value>& values);
  void leave_out_overlapping(std::vector<metric_value>& values);
  void note_lone_and_missing(std::vector<metric_value> const& values);
  void derive(std::string_view kernel, totals const& t);

  metric_table& metrics_;
  loss_counts& losses_;
  int major_ = 0;
  std::set<std::vector<std::uint32_t>> seen_sets_;  ///< sets of metrics whose names were looked at
  std::map<std::vector<std::uint32_t>, std::vector<std::uint32_t>> overlapping_;
  std::int64_t derived_flops_ = 0, derived_launches_ = 0;
};

/// FLOPs of one tensor-core instruction of a warp, from the one shape that a kernel's name gives ("s16816");
/// 0 where it gives none, or the instruction of the name is a different one in the machine code.
[[nodiscard]] std::int64_t instruction_flops_by_name(std::string_view kernel);

}  // namespace flopwatch::importing
