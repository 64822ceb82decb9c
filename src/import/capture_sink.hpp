// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capture/writer.hpp"
#include "import/launch_checks.hpp"
#include "import/loss_counts.hpp"
#include "import/metric_table.hpp"
#include "import/scope_tree.hpp"

namespace flopwatch::importing {

using dimensions = std::array<std::int64_t, 3>;

/// One launch as a profiler's file has it.
struct imported_launch {
  std::string_view kernel;
  std::int64_t scope = 0, operator_call = 0;
  flopwatch::phase phase = flopwatch::phase::forward;
  std::int64_t context = 0, stream = 0, thread = 0;
  dimensions grid{1, 1, 1}, block{1, 1, 1};
  std::vector<metric_value> values;  ///< empty: launched, not measured
};

/// What all importers write to: turns launches, scopes and operator calls into the records of a capture.
/// Launches are written at once; all else is kept until `finish`, and so are launches that lack the value of
/// a counter which had none in any launch so far: later ones say whether it is a counter of this chip.
class capture_sink {
 public:
  explicit capture_sink(capture_writer& writer) : writer_(writer), checks_(metrics_, losses_) {}

  metric_table& metrics() noexcept { return metrics_; }
  loss_counts& losses() noexcept { return losses_; }
  import_scopes& scopes() noexcept { return scopes_; }
  /// Operator calls, with ids from 1; changed until `finish`.
  std::vector<operator_call_record>& operator_calls() noexcept { return operator_calls_; }
  std::map<std::string, std::string>& info() noexcept { return info_; }

  /// "8.6": chips of another generation need other metrics.
  void set_compute_capability(std::string_view text);
  /// Says to which operator call a launch in a scope belongs that has none; 0: none.
  void set_operator_of_scope(std::function<std::int64_t(scope_record const&)> find) {
    find_operator_ = std::move(find);
  }
  /// Takes the values of `launch`; they are empty afterwards.
  void add(imported_launch& launch);

  [[nodiscard]] std::int64_t launches() const noexcept { return launches_; }
  [[nodiscard]] std::int64_t measured_launches() const noexcept { return measured_; }
  /// Names of the counters of FLOPs that had a value.
  [[nodiscard]] std::vector<std::string> flop_counters() const;

  /// Writes what was kept. `capture_writer::close` is the caller's.
  void finish();

 private:
  struct plan {
    std::int64_t id = 0;
    std::vector<std::uint32_t> metrics;  ///< in order of their ids
  };
  /// The plan of launches with exactly these metrics; null if there are too many plans.
  plan const* plan_of(std::vector<metric_value> const& values);
  /// A launch with its values, which are not looked at yet.
  struct counted_launch {
    launch_record record;
    std::string_view kernel;  ///< in `kernels_`
    int capability_major = 0;
    std::vector<metric_value> values;
  };
  /// Its name, which stays where it is, and its id.
  std::pair<std::string_view, std::int64_t> kernel_of(std::string_view name);
  /// \return whether a counter of them has no value in any launch so far
  bool note_values(std::vector<metric_value> const& values);
  void write(counted_launch& launch);
  void write_undecided();

  capture_writer& writer_;
  metric_table metrics_;
  loss_counts losses_;
  launch_checks checks_;
  import_scopes scopes_;
  std::vector<operator_call_record> operator_calls_;
  std::map<std::string, std::string> info_;
  std::map<std::string, std::int64_t, std::less<>> kernels_;
  std::map<std::vector<std::uint32_t>, plan> plans_;
  std::map<std::int64_t, std::int64_t> next_order_;  ///< by context
  std::function<std::int64_t(scope_record const&)> find_operator_;
  std::set<std::uint32_t> with_value_;
  std::vector<counted_launch> undecided_;
  std::int64_t launches_ = 0, measured_ = 0, next_metric_ = 1;
};

}  // namespace flopwatch::importing
