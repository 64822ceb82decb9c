// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "capture/mark.hpp"
#include "capture/open.hpp"
#include "capture/process_reader.hpp"

namespace flopwatch::capture_detail {

/// A capture that is merged, opened to be read once.
class merge_input {
 public:
  /// \throws capture_error
  explicit merge_input(std::filesystem::path path);

  [[nodiscard]] std::string const& label() const noexcept { return label_; }
  [[nodiscard]] read_source source() const noexcept { return {opened_.db.get(), opened_.bytes}; }
  [[nodiscard]] closed_mark const& mark() const noexcept { return *mark_; }
  /// Those of a merged capture; of another one the process that recorded it, with all rows.
  [[nodiscard]] std::vector<stored_process> const& processes() const noexcept { return processes_; }
  [[nodiscard]] bool is_merged() const noexcept { return is_merged_; }

 private:
  std::string label_;
  opened_capture opened_;
  std::optional<closed_mark> mark_;
  std::vector<stored_process> processes_;
  bool is_merged_ = false;
};

/// The roots of a watched module tree.
struct tree_roots {
  bool is_group = false;  ///< several roots were watched, each with a name
  std::string type;       ///< of the one root; empty where nothing was watched
};
[[nodiscard]] tree_roots roots_of(merge_input const& input);

/// What is known of all captures before the first row is copied.
struct merge_plan {
  /// Roots of different types are put side by side, each under the name of its type.
  bool side_by_side = false;
  std::vector<process_record> processes;  ///< of all captures in order, numbered from 1
};

/// Opens each capture once. \throws capture_error as `merge`
[[nodiscard]] merge_plan plan_merge(std::vector<std::filesystem::path> const& captures);

}  // namespace flopwatch::capture_detail
