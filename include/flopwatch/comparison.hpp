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
/// Comparison: the three columns of every module, and why they differ. Pure.
///
/// Verdicts explain two differences; their signed amounts add up to the difference exactly:
/// - formula minus operator, in MACs of the multiply-add class;
/// - measured minus operator, in FLOPs.
/// The verdict `unexplained` is what no other explains. docs/verdicts.md has each verdict with an example.
///
/// The formula is of the forward pass: rules are compared with the operator calls of phase forward. The
/// products of the other phases are separate verdicts (`recompute`, `backward_not_in_formula`) with minus
/// their MACs. Measured and operator columns both include all phases; there `recompute` is only for launches
/// of that phase outside every operator call. Counters up to 2 % above what the shapes need agree; that
/// surplus is the amount of the row's verdict `agrees` between measured and operator, so that the amounts
/// still add up.

namespace flopwatch {

/// The closed list.
enum class verdict_kind : std::uint8_t {
  agrees,            ///< equal, and both columns are whole
  equal_as_counted,  ///< equal, but something that ran was not looked into
  // formula against operator
  no_rule,                 ///< a module type without a rule did products
  functional_missed,       ///< products in a module's own forward, outside its child modules
  children_beside_rule,    ///< children counted in addition to a rule on the root or a Sequential/ModuleList
  rule_sees_fewer_calls,   ///< the rule counts one call, but the inside ran more often; or the rule was asked
                           ///< less often
  rule_sees_more_calls,    ///< the formula's own forward called a module that the recorded one called less
  shared_module_repeated,  ///< thop counts a module shared by k parents k times too often for each
  rule_wrong_factor,       ///< the rule is wrong by a whole factor; exactly 2 is MACs against FLOPs
  rule_wrong,
  unsupported_operator,     ///< the operator column lacks an operator's work
  partly_counted,           ///< the operator column can lack some of an operator's work
  formula_incomplete,       ///< a ruled module's calls were not seen (data loss), so the formula lacks them
  backward_not_in_formula,  ///< products of the backward pass or the optimizer; a formula counts the forward
                            ///< pass only
  not_called_fused,         ///< the formula counts a module whose work the module around it did itself
  called_unseen,  ///< a module ran without opening its scope: called past its hooks, or in a compiled region
  // measured against operator
  padding_or_extra_work,
  fewer_than_formula,   ///< FFT or Winograd, causal skip, sparsity
  recompute,            ///< forward work done again in the backward pass (in both differences, see above)
  arithmetic_not_seen,  ///< arithmetic that these counters do not see (MUFU, integer)
  tensor_work_not_collected,
  kernel_outside_dispatcher,
  half_run_as_fma,  ///< half-precision adds and multiplies that the compiler turned into fused multiply-adds
  unexplained,
};

inline constexpr int verdict_kind_count = static_cast<int>(verdict_kind::unexplained) + 1;

/// Stable name for JSON: "functional_missed".
[[nodiscard]] std::string_view to_string(verdict_kind k) noexcept;
/// Short text for a table cell: "functional work missed".
[[nodiscard]] std::string_view short_text(verdict_kind k) noexcept;

enum class columns : std::uint8_t {
  formula_operator,   ///< amounts in MACs: formula - operator
  measured_operator,  ///< amounts in FLOPs: measured - operator
};

struct verdict {
  verdict_kind kind = verdict_kind::agrees;
  columns between = columns::formula_operator;
  /// Signed, in the unit of `between`. 0 if the size is unknown (unsupported operators). For `agrees` and
  /// `equal_as_counted` between measured and operator: the surplus within tolerance.
  std::int64_t amount = 0;
  std::size_t row = 0;  ///< index into attribution::rows: the module that causes it
  std::string cause;    ///< one sentence with names and numbers
  std::string remedy;   ///< what to change; "" for agrees and equal_as_counted
};

/// Comparison of one row, over its whole subtree. A row that a rule above hides from the walk shows its own
/// rule
/// (`rule_macs`) as if it were counted. That rule causes no difference, so the only verdict of a hidden row
/// between formula and operator is `agrees`, where its own rule gives exactly what ran.
struct row_comparison {
  /// The walk's result at this row; 0 if the row is not a module of the tree; nullopt: no formula at all.
  std::optional<std::int64_t> formula_macs;
  bool formula_hidden = false;                 ///< not part of the total: a rule above hides it
  std::int64_t operator_macs = 0;              ///< 0 without attribution::has_operators: not collected
  std::optional<std::int64_t> measured_flops;  ///< launches of multiply-add operators; nullopt: not collected
  std::optional<std::int64_t> formula_minus_operator;   ///< MACs
  std::optional<std::int64_t> measured_minus_operator;  ///< FLOPs, all launches against all operator work
  /// Verdicts that explain this row's differences, its own and those of the rows below it that its numbers
  /// include: first formula and operator, then measured and operator, each by size, and one `agrees` (or
  /// `equal_as_counted`) if a difference needs no other. One for each kind and causing row. rows[0] lists
  /// all; other rows list at most `listed_verdicts` of each difference and fold the rest into one for each
  /// kind (its `row` is the largest part). Unsupported operators are always listed. Empty if nothing can be
  /// compared.
  std::vector<verdict> verdicts;
  /// All launches, by scope range too; nullopt: not collected.
  std::optional<std::int64_t> measured_total_flops;
};

/// How many verdicts of one difference a row other than the root lists one by one.
inline constexpr std::size_t listed_verdicts = 24;

struct comparison {
  std::vector<row_comparison> rows;      ///< parallel to attribution::rows; rows[0] is the whole
  std::vector<data_loss_record> losses;  ///< as attribution::losses
};

[[nodiscard]] comparison compare(capture_data const& capture, attribution const& tree);

}  // namespace flopwatch
