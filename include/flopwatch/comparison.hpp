// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/attribution.hpp"

/// \file
/// Comparison: for every module the three columns, and why they differ. Pure.
///
/// Two differences are explained, each by verdicts whose signed amounts add up to it exactly:
/// - formula minus operator, in MACs of the multiply-add class;
/// - measured minus operator, in FLOPs.
/// What nothing explains is the verdict `unexplained`.

namespace flopwatch {

/// The closed list.
enum class verdict_kind : std::uint8_t {
  agrees,
  // formula against operator
  no_rule,                    ///< a module type without a rule did products
  functional_missed,          ///< products in a module's own forward, beside its child modules
  children_beside_rule,       ///< children counted beside a rule on the root or a Sequential/ModuleList
  rule_sees_fewer_calls,      ///< the rule is per call of a module whose inside ran more often
  shared_module_repeated,     ///< thop counts a module shared by k parents k times too often for each
  rule_wrong_factor,          ///< the rule is off by a whole factor; exactly 2 is MACs against FLOPs
  rule_wrong,
  unsupported_operator,       ///< the operator column lacks an operator's work
  partly_counted,             ///< the operator column may lack some of an operator's work
  formula_incomplete,         ///< a ruled module's calls were not seen (data loss), so the formula lacks them
  // measured against operator
  padding_or_extra_work,
  fewer_than_formula,         ///< FFT or Winograd, causal skip, sparsity
  recompute,
  arithmetic_not_seen,        ///< MUFU, integer: arithmetic that these counters do not see
  tensor_work_not_collected,
  kernel_outside_dispatcher,
  unexplained,
};

inline constexpr int verdict_kind_count = static_cast<int>(verdict_kind::unexplained) + 1;

/// Stable name for JSON: "functional_missed".
[[nodiscard]] std::string_view to_string(verdict_kind k) noexcept;
/// Short words for a table cell: "functional work missed".
[[nodiscard]] std::string_view short_text(verdict_kind k) noexcept;

enum class columns : std::uint8_t {
  formula_operator,   ///< amounts in MACs: formula - operator
  measured_operator,  ///< amounts in FLOPs: measured - operator
};

struct verdict {
  verdict_kind kind = verdict_kind::agrees;
  columns between = columns::formula_operator;
  /// Signed, in the unit of `between`. 0 where nothing is known of the size (unsupported operators).
  std::int64_t amount = 0;
  std::size_t row = 0;    ///< index into attribution::rows: the module that causes it
  std::string cause;      ///< one sentence with names and numbers
  std::string remedy;     ///< what to change; "" for agrees
};

/// Comparison of one row, over its whole subtree. A ruled module hidden from the walk by a rule above
/// is compared by its own rule (`rule_macs`), as if it were counted.
struct row_comparison {
  std::optional<std::int64_t> formula_macs;  ///< the walk's result at this row; nullopt: no formula
  bool formula_hidden = false;               ///< not part of the total: a rule above hides it
  std::int64_t operator_macs = 0;
  std::optional<std::int64_t> measured_flops;  ///< launches of multiply-add operators; nullopt: not collected
  std::optional<std::int64_t> formula_minus_operator;   ///< MACs
  std::optional<std::int64_t> measured_minus_operator;  ///< FLOPs, all launches against all operator work
  /// Verdicts that explain this row's differences; the first one is the most important.
  std::vector<verdict> verdicts;
};

struct comparison {
  std::vector<row_comparison> rows;  ///< parallel to attribution::rows; rows[0] is the whole
};

/// \throws overflow_error
[[nodiscard]] comparison compare(capture_data const& capture, attribution const& tree);

}  // namespace flopwatch
