// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "capture/unfinished.hpp"
#include "recording/recording.hpp"
#include "recording/unfinished_source.hpp"

namespace flopwatch::detail {

/// What a recording that still runs has so far, in portions. Its threads are held up for microseconds at a
/// time. Equal call paths of several threads are one scope; equal calls of several threads stay apart.
/// Belongs to one thread; the recording outlives it.
class unfinished_recording : private unfinished_ids {
 public:
  explicit unfinished_recording(recording const& running) : running_(running) {}

  /// Gives `put` what is new or has changed since the last call, and the losses as they are. A thread whose
  /// owner does not come out of a rule of the user's in time is left out until the next call.
  /// \param goes_on asked between portions; false ends the call
  /// \throws what `put` throws
  void collect(std::function<void(unfinished_rows const&)> const& put, std::function<bool()> const& goes_on);
  /// Its rows come after those of the threads, with what is known of the recording since it joined. From any
  /// thread.
  void take(std::unique_ptr<unfinished_source> source, std::map<std::string, std::string> info = {});
  /// Takes no more of it: returns when nobody reads it. From any thread.
  void drop_source() noexcept;

 private:
  struct calls {
    std::int64_t counted = 0;  ///< or without arithmetic
    std::int64_t unsupported = 0;
    std::int64_t partly = 0;
    friend bool operator==(calls const&, calls const&) = default;
  };
  struct known_node {
    std::int64_t id = 0;
    std::int64_t entries = 0;
    std::int64_t formula_calls = 0;
    std::int64_t formula_amount = 0;
  };
  struct seen_node {
    scope_node const* node = nullptr;
    std::int64_t entries = 0;
    std::optional<formula_call_record> formula = {};
  };
  struct known_thread {
    std::shared_ptr<thread_record> record;
    std::vector<known_node> nodes;   ///< in the order of the tree
    std::vector<calls> rows;         ///< in the order of the rows
    std::vector<noted_loss> losses;  ///< when they could be read last
    std::int64_t number = 0;
  };
  static constexpr std::int64_t statuses = 3;
  static constexpr std::int64_t most_threads = 1 << 20;
  using path_key = std::tuple<std::int64_t, std::int64_t, std::string, std::string, std::int64_t, phase>;

  void add_threads();
  void add_modules();
  void add_scopes(known_thread& thread);
  static seen_node see(scope_node const& node);
  void add_scope(known_thread& thread, std::size_t place, seen_node& now);
  void add_rows(known_thread& thread, std::size_t from, std::size_t to);
  /// How many rows it has now; takes its losses. 0 when it could not be held up.
  static std::size_t rows_of(known_thread& thread);
  void add_losses();
  std::int64_t id_of(scope_node const& node);
  [[nodiscard]] bool add_of_source(bool begins);
  [[nodiscard]] std::optional<std::int64_t> of(scope_node const* scope) const override;
  [[nodiscard]] std::optional<std::int64_t> of(operator_row const* call) const override;

  recording const& running_;
  std::optional<std::uint64_t> names_version_;  ///< of the modules that were given last
  std::vector<known_thread> threads_;
  std::vector<scope_record> scopes_;           ///< by id - 1
  std::vector<formula_call_record> formulas_;  ///< by id - 1 of their scopes
  std::map<path_key, std::int64_t> scope_ids_;
  std::unordered_map<scope_node const*, std::int64_t> node_ids_;
  std::unordered_map<operator_row const*, std::int64_t> row_ids_;  ///< of those in the file
  unfinished_rows rows_;                                           ///< the portion
  std::mutex source_mutex_;
  std::unique_ptr<unfinished_source> source_;
  std::map<std::string, std::string> source_info_;  ///< that is not in the file yet
};

}  // namespace flopwatch::detail
