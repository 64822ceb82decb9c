// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "collect/collector.hpp"
#include "recording/unfinished_source.hpp"

namespace flopwatch::collect {

/// The launches of a collector while it runs: those whose counters were read with their values (of the first
/// group of metrics), the others without. Where launches are counted by scope, all are without.
class unfinished_launches final : public detail::unfinished_source {
 public:
  /// \param info of the capture, as far as the collector's measurer knows it now
  unfinished_launches(collector& of, std::map<std::string, std::string> info);

  [[nodiscard]] bool add_to(unfinished_rows& rows, detail::unfinished_ids const& ids, bool begins) override;

 private:
  /// One stream of rows, in order. A row whose scope or call is not in the file yet stops it for this round;
  /// in the next one the row is added as it is.
  struct stream {
    std::int64_t met = -1;  ///< number of such a row
    bool stopped = false;
  };
  struct of_thread : stream {
    thread_rows const* rows = nullptr;
    thread_rows::position at;
  };
  struct of_context {
    context_log* log = nullptr;
    std::int64_t place = 0;
    stream read, waiting;
    std::int64_t next = 0;     ///< of the published rows
    std::int64_t listed = -1;  ///< the last one of those that wait
    std::deque<of_thread> threads;
  };

  void begin_round();
  void add_read(of_context& context);
  void add_of_threads(of_context& context);
  void add_waiting(of_context& context);
  /// \param values empty: none were read \returns false: not now
  bool add(of_context const& context, stream& from, launch_row const& row, std::span<double const> values);
  void add_kernels(std::int64_t last);
  [[nodiscard]] bool is_full() const noexcept;

  collector* collector_;
  std::map<std::string, std::string> info_;  ///< that is not in the file yet
  std::deque<of_context> contexts_;
  std::int64_t kernels_ = 0;  ///< in the file
  bool has_plan_ = false;
  bool has_values_ = false;
  unfinished_rows* rows_ = nullptr;  ///< while `add_to` runs
  detail::unfinished_ids const* ids_ = nullptr;
};

}  // namespace flopwatch::collect
