// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/graph_table.hpp"
#include "collect/kernel_table.hpp"
#include "collect/launch_choice.hpp"
#include "collect/launch_rows.hpp"
#include "collect/launch_watchdog.hpp"
#include "collect/launching_threads.hpp"
#include "collect/loss_list.hpp"
#include "collect/open_captures.hpp"
#include "collect/pass_check.hpp"
#include "collect/raw_keeper.hpp"
#include "collect/uncounted_work.hpp"
#include "cupti/range_session.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::collect {

/// Values of one range in a decoded image, a value for each metric.
/// Called under the log's lock, from launching threads. May throw `error`.
using evaluate_image = std::function<void(std::vector<std::uint8_t> const& image, std::size_t range,
                                          std::span<std::string const> metrics, std::vector<double>& values)>;

/// What the logs of one collector write into together.
struct shared_tables {
  shared_tables(raw_choice kept, waiting_kernels waiting, chosen_launches const& wanted = {})
      : choice(wanted),
        kernels(std::move(waiting), [this](std::string const& name) { return choice.names(name); }),
        raw(kept) {}
  launch_choice choice;
  kernel_table kernels;
  graph_table graphs{kernels};
  open_captures captures;
  launching_threads threads;
  loss_list losses;
  raw_keeper raw;
  /// A group that must count the whole run has fewer ranges than the run has launches.
  std::atomic<bool> too_few_ranges{false};
};

/// Names a kernel that is counted for longer than `longest`, on standard error and as a data loss.
/// \param all as launch_watchdog \returns null when there is no further thread: then none is named
[[nodiscard]] std::unique_ptr<launch_watchdog> watchdog_of(std::chrono::milliseconds longest,
                                                           shared_tables& shared, launch_watchdog::look all);

/// How the launches of one context are counted in one run.
struct counting {
  std::unique_ptr<cupti::range_session> session;
  /// Another session for the same, with that many ranges or fewer, once `session` is gone. \throws
  /// cupti_error
  std::function<std::unique_ptr<cupti::range_session>(std::size_t max_ranges)> reopen = {};
  evaluate_image evaluate;
  std::int64_t metric_group = 0;
  bool in_chunks = true;  ///< the counters may be read whenever the session's ranges are used up
  /// Waits for the context. \throws cupti_error
  std::function<void()> wait = {};
  uncounted_work* uncounted = nullptr;  ///< of the context; never null
  bool isolate_ranges = false;  ///< waits at the end of each range, not only before the profiler stops
};

/// Ranges between two readings at most, and bytes of their image, where their number grows by itself.
inline constexpr std::size_t most_ranges = 1024;
inline constexpr std::size_t most_image_bytes = std::size_t{256} << 20U;
/// So many full chunks in a row, and the next ones are twice as large: each reading costs the program time.
inline constexpr int full_chunks_to_grow = 4;

/// Launches that wait in memory where their counters do not.
inline constexpr std::size_t rows_in_memory = 1024;

/// Counts the launches of one context in one run: starts and stops the range profiler, reads its values, and
/// moves the launches into their spool. Derived classes decide which launches share a range.
///
/// The launches between two readings of the counters are a chunk. Every call but `drop` needs the context
/// current. Not thread-safe, but for `passes` and `passed`: threads call these at once, while nobody calls
/// another one.
class launch_counter {
 public:
  /// \param launches what the context launches; the log adds a row after each `before_launch`
  launch_counter(counting how, launch_rows& launches, shared_tables& shared);
  virtual ~launch_counter();
  launch_counter(launch_counter const&) = delete;
  launch_counter& operator=(launch_counter const&) = delete;

  /// \throws cupti_error
  void begin();
  /// One more pass over the same launches (replay by the user). \throws cupti_error
  void next_pass();
  /// \returns true when this counter is done, and every row is in the spool
  bool end_pass() noexcept;
  /// Whether the current pass is not the first one: its launches are compared with those that have rows.
  [[nodiscard]] bool repeats() const noexcept { return check_.repeats(); }

  /// Makes sure that the launch is counted. May set `covers` and `measurable`.
  /// \returns false when this counter cannot count any more: it has dropped its chunk. \throws std::bad_alloc
  bool before_launch(launch_row& row, std::uint32_t context_uid);
  /// A stream capture is open, and the profiler is stopped for it.
  [[nodiscard]] bool rests() const noexcept { return !session().started() && is_held(); }
  /// Why that launch gets no counters; null where it does.
  [[nodiscard]] loss_kind const* left_out() const noexcept { return left_out_; }
  /// Whether the launch needs nothing of this counter: nothing starts, stops, opens or closes for it. Such a
  /// launch has no place in the rows that the counter knows. May set `covers` and `measurable`.
  /// \param why set to the reason why it has no counters; not where a range that is open has them
  [[nodiscard]] bool passes(launch_row& row, loss_kind const*& why) const noexcept {
    return in_chunks() && !repeats() && !only_lists_ && needs_no_place(row, why);
  }
  /// The driver accepted a launch that passes.
  virtual void passed(launch_row const& /*row*/) noexcept {}
  /// Takes in what has passed. Before every other call.
  virtual void gather() noexcept {}
  /// The profiler runs.
  [[nodiscard]] bool counts() const noexcept { return session().started(); }
  /// Half of the ranges between two readings are used, and the counters may be read.
  [[nodiscard]] bool is_half_full() const noexcept {
    return how_.in_chunks && !repeats() && session().started() && counted().size() * 2 >= capacity();
  }
  /// Reads the counters and stops, before a stream capture begins in the context. The next launch without one
  /// starts again. \returns as `before_launch`
  bool pause() noexcept;
  /// The driver refused that launch: no kernel, no range.
  void take_back() noexcept;
  /// The values of the chunk are lost; its launches move into the spool without any.
  void drop(loss_kind const& kind, std::string_view detail) noexcept;
  /// The same where the group is counted again, or left out.
  void release() noexcept;

 protected:
  /// Opens a range for the launch where it needs one. \returns as `before_launch`. \throws error
  virtual bool place(launch_row& row) = 0;
  virtual void take_back_place() noexcept {}
  /// As `passes`, of a chunk in its only pass.
  [[nodiscard]] virtual bool needs_no_place(launch_row& row, loss_kind const*& why) const noexcept = 0;
  /// The first range of a further pass comes next.
  virtual void repeat() noexcept {}
  /// Closes the open range. \param stops the profiler stops next. \throws cupti_error
  virtual void close_range(bool /*stops*/) {}
  /// The rows that have ranges, those of the chunk.
  [[nodiscard]] virtual std::vector<launch_row> const& counted() const noexcept = 0;
  /// Launches in the ranges of the chunk.
  [[nodiscard]] virtual std::int64_t launches_in_chunk() const noexcept = 0;
  /// How the decoded ranges differ from those of the chunk; "" when they match. \throws cupti_error
  [[nodiscard]] virtual std::string mismatch(std::size_t ranges) const = 0;
  /// Moves the chunk into the spool. \throws error
  virtual void spool(bool with_values) = 0;
  virtual void forget_chunk() noexcept = 0;

  /// Counting begins again with that launch, while no capture is open. Waits for what still runs without
  /// counters, or notes that it can be counted too, where nobody may wait for it. \throws cupti_error
  void start_again(launch_row const& row);
  /// Decodes the chunk and moves it into the spool. \throws error
  void flush();
  /// The same where the ranges are used up in the middle of the program's launches. \throws error
  void flush_full();
  /// \throws error
  void evaluate(std::size_t range, std::vector<double>& values) const {
    how_.evaluate(session().image(), range, session().request().metrics, values);
  }
  [[nodiscard]] cupti::range_session& session() const noexcept { return *how_.session; }
  [[nodiscard]] std::size_t capacity() const noexcept { return session().request().max_ranges; }
  [[nodiscard]] bool in_chunks() const noexcept { return how_.in_chunks; }
  [[nodiscard]] bool isolates_ranges() const noexcept { return how_.isolate_ranges; }
  /// Waits for the context where that disturbs no stream capture: while the profiler runs none that was
  /// announced is open in this one. \returns whether it did
  bool wait_for_context() {
    if (is_held_elsewhere()) return false;
    how_.wait();
    return true;
  }
  void note(loss_kind const& kind, std::string_view detail) noexcept {
    shared_->losses.note(kind, 1, detail);
  }
  [[nodiscard]] launch_rows& launches() noexcept { return *launches_; }
  [[nodiscard]] launch_rows const& launches() const noexcept { return *launches_; }
  [[nodiscard]] pass_check& check() noexcept { return check_; }
  /// A stream capture is open or about to begin: the profiler must not start. If it runs, none that was
  /// announced is open in this context.
  [[nodiscard]] bool is_held() const noexcept { return shared_->captures.any(); }
  /// Nor must it stop: one is open in another context, or began unseen.
  [[nodiscard]] bool is_held_elsewhere() const noexcept {
    return is_held() && shared_->captures.any_beside(session().request().context);
  }
  /// The ranges are used up and may not be read yet. From here on the launches are only listed, for the next
  /// attempt. \throws error
  void run_is_too_long();
  [[nodiscard]] bool only_lists() const noexcept { return only_lists_; }
  /// The launch gets no counters. \throws capture_error
  void leave_out(launch_row& row, loss_kind const& why);

 private:
  void keep_raw(std::size_t ranges, bool lossy);

  counting how_;
  launch_rows* launches_;
  shared_tables* shared_;
  pass_check check_;
  std::uint32_t context_uid_ = 0;
  loss_kind const* left_out_ = nullptr;
  bool only_lists_ = false;
  int full_chunks_ = 0;  ///< in a row, up to the last one
};

}  // namespace flopwatch::collect
