// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>

#include "capture/merge/input.hpp"
#include "capture/merge/merged_plans.hpp"
#include "capture/merge/merged_tree.hpp"
#include "capture/writer.hpp"

namespace flopwatch::capture_detail {

/// Copies the rows of one capture after the other, with new ids. Ids of a table keep their order and their
/// gaps, so that those of a process follow each other.
class row_copier {
 public:
  row_copier(capture_writer& to, merged_tree const& tree, merged_plans const& plans)
      : to_(to), tree_(tree), plans_(plans) {}

  /// `tree` and `plans` took the capture before.
  /// \param processes the capture's, with their new ids. \returns raw images that an older flopwatch packed
  /// in a way that is no longer read, and that were left out
  std::int64_t copy(merge_input const& input, std::span<stored_process const> processes);

 private:
  /// What is added to the ids of a table, or to its row numbers; and the largest one of this capture.
  struct offset {
    std::int64_t base = 0;
    std::int64_t largest = 0;
  };

  /// The new id of a row of a table; 0 stays 0. \throws damage
  std::int64_t moved(char const* table, std::int64_t id) const;
  /// The same for a row that is copied now.
  std::int64_t take(char const* table, std::int64_t id);
  std::int64_t context(std::int64_t id);
  std::int64_t kernel(std::int64_t id, char const* who) const;

  void copy_kernels(merge_input const& input, std::span<stored_process const> processes);
  void copy_calls(merge_input const& input);
  void copy_launches(merge_input const& input);
  void copy_reuse(merge_input const& input);
  std::int64_t copy_raw(merge_input const& input);
  void copy_entries(merge_input const& input, std::span<stored_process const> processes);
  void copy_processes(merge_input const& input, std::span<stored_process const> processes);
  /// Calls `visit` with each record of a table whose rows are numbered.
  template <class R, class F>
  void copy_numbered(merge_input const& input, F&& visit);

  capture_writer& to_;
  merged_tree const& tree_;
  merged_plans const& plans_;
  std::unordered_map<std::string, std::int64_t> kernel_by_name_;
  std::int64_t kernels_ = 0;
  std::int64_t contexts_ = 0;
  std::map<std::string, offset, std::less<>> offsets_;  ///< by table

  // Of the capture that is copied.
  std::unordered_map<std::int64_t, std::int64_t> kernels_of_, contexts_of_;
};

}  // namespace flopwatch::capture_detail
