// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "flopwatch/attribution.hpp"
#include "flopwatch/capture.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::comparison_detail {

/// Data losses that took answers of module rules away.
inline constexpr std::array answers_lost{loss::rule_failed.name, loss::rule_negative.name,
                                         loss::count_overflow.name, loss::rule_without_inputs.name,
                                         loss::call_unreadable.name};

/// A capture with its rows, and the names that verdicts use for their parts.
class context {
 public:
  /// `whole`: what the first row stands for as a sum of all, where that is not the root.
  context(capture_data const& c, attribution const& t, std::string whole = {});

  capture_data const& capture;
  attribution const& tree;

  [[nodiscard]] module_row const& row(std::size_t r) const { return tree.rows[r]; }
  /// The module of a row, or nullptr.
  [[nodiscard]] module_record const* module_of(std::size_t r) const;
  /// It has a rule, and the baseline's walk can reach it.
  [[nodiscard]] bool is_ruled(std::size_t r) const;
  /// The walk goes on below it even if it has a rule: the root, a Sequential, a ModuleList.
  [[nodiscard]] bool is_walked_through(std::size_t r) const;
  [[nodiscard]] bool has_loss(std::string_view kind) const;
  /// No data loss can have taken work out of the operator column without a row that says so.
  [[nodiscard]] bool operators_whole() const noexcept { return operators_whole_; }
  /// A data loss took answers of module rules away.
  [[nodiscard]] bool lost_answers() const noexcept { return lost_answers_; }
  /// Position in capture_data::operator_calls. \throws std::out_of_range
  [[nodiscard]] std::size_t operator_at(std::int64_t id) const { return operators_.at(id); }

  [[nodiscard]] std::string name(std::size_t r) const;  ///< "attn (Attention)", "the root (CustomModule)"
  /// The same for a sentence about all that ran at and below the row.
  [[nodiscard]] std::string name_with_all_below(std::size_t r) const {
    return r == 0 && !whole_.empty() ? whole_ : name(r);
  }
  [[nodiscard]] std::string type(std::size_t r) const;           ///< "Attention"
  [[nodiscard]] std::string kernel_name(std::int64_t id) const;  ///< shortened for a sentence
  [[nodiscard]] static std::string call_name(
      operator_call_record const& c);  ///< "aten::mm [640,768] [768,768]"

 private:
  std::unordered_map<std::int64_t, std::size_t> modules_, operators_, kernels_;
  bool operators_whole_, lost_answers_;
  std::string whole_;
};

/// "my::op has no operator rule", or that its rule refused the call; without a full stop. `others`: the call
/// is one of several operators.
[[nodiscard]] std::string why_uncounted(operator_call_record const& c, bool others = false);
/// What to do about it, as a sentence.
[[nodiscard]] std::string count_it(operator_call_record const& c);

}  // namespace flopwatch::comparison_detail
