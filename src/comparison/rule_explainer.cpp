// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "comparison/formula_causes.hpp"
#include "comparison/fused_path.hpp"
#include "flopwatch/diagnostics.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::counted;
using text::grouped;
namespace {

/// What is known of thop's own rules where they differ from the products that run.
struct known_rule {
  std::string_view type;
  std::string_view text;
};

constexpr std::string_view transposed =
    "thop 0.1.1 multiplies by the output's size, while a transposed convolution does its products for each "
    "input element";
constexpr std::string_view recurrent =
    "thop 0.1.1 adds the gates' elementwise work to the MACs of recurrent modules, and counts packed "
    "sequences as padded";

constexpr std::array<known_rule, 9> known_rules{{
    {"ConvTranspose1d", transposed},
    {"ConvTranspose2d", transposed},
    {"ConvTranspose3d", transposed},
    {"RNN", recurrent},
    {"GRU", recurrent},
    {"LSTM", recurrent},
    {"RNNCell", recurrent},
    {"GRUCell", recurrent},
    {"LSTMCell", recurrent},
}};

std::string known_about(context const& c, std::size_t row) {
  auto const* const m = c.module_of(row);
  if (m == nullptr || m->rule != rule_origin::thop) return {};
  for (auto const& known : known_rules) {
    if (m->type == known.type) return fmt::format(" ({})", known.text);
  }
  return {};
}

class rule_explainer {
 public:
  rule_explainer(context const& c, std::vector<row_products> const& products, std::size_t row,
                 std::int64_t rule, std::int64_t ran)
      : c_(c), products_(products), row_(row), rule_(rule), ran_(ran), amount_(saturating_sub(rule, ran)) {}

  verdict explain() const {
    if (auto more = calls_not_made(c_, row_, rule_, ran_)) return *std::move(more);
    // Exactly twice as much is not the work of an operator that was not counted.
    if (ran_ > 0 && rule_ % 2 == 0 && rule_ / 2 == ran_) return too_large(2);
    if (amount_ > 0 && is_below(products_[row_].unsupported)) {
      return lacks(verdict_kind::unsupported_operator, products_[row_].unsupported);
    }
    if (amount_ > 0 && is_below(products_[row_].partly_counted)) {
      return lacks(verdict_kind::partly_counted, products_[row_].partly_counted);
    }
    if (was_asked_less() && was_left_open()) return left_open();
    if (was_asked_less()) return answers_were_lost() ? incomplete() : asked_less();
    if (holds_unseen()) return incomplete();
    if (auto const seen = calls_not_seen(c_, products_, row_, rule_, ran_)) return fewer_calls(*seen);
    if (rule_ > 0 && ran_ > 0 && rule_ % ran_ == 0) return too_large(rule_ / ran_);
    if (rule_ > 0 && ran_ > 0 && ran_ % rule_ == 0) return too_small(ran_ / rule_);
    return wrong();
  }

 private:
  verdict make(verdict_kind kind, std::string cause, std::string remedy) const {
    return {kind, columns::formula_operator, amount_, row_, std::move(cause), std::move(remedy)};
  }

  bool is_below(std::size_t owner) const { return owner != module_row::npos && !c_.row(owner).outside; }

  std::string rule_gave() const {
    return fmt::format("The rule of {} gave {} MACs and {} MACs ran", c_.name(row_), grouped(rule_),
                       grouped(ran_));
  }

  std::string fix_the_rule() const {
    auto const* const m = c_.module_of(row_);
    if (m != nullptr && m->rule == rule_origin::thop) {
      return fmt::format("give {} your own rule in custom_ops, or use the operator column", c_.type(row_));
    }
    return fmt::format("compare the rule of {} with the operators listed below it, and fix it",
                       c_.type(row_));
  }

  operator_call_record const& first_of(operator_status wanted, std::size_t owner) const {
    auto const& own = c_.row(owner).operator_calls;
    auto const found = std::find_if(
        own.begin(), own.end(), [&](std::size_t i) { return c_.capture.operator_calls[i].status == wanted; });
    return c_.capture.operator_calls[found == own.end() ? own.front() : *found];
  }

  verdict lacks(verdict_kind kind, std::size_t owner) const {
    auto const& call = first_of(kind == verdict_kind::unsupported_operator ? operator_status::unsupported
                                                                           : operator_status::partly_counted,
                                owner);
    auto v = make(
        kind,
        fmt::format(
            "{} that the dispatcher could count; {} in {}. If the rule is right, the {} MACs between them "
            "are this operator's work.",
            rule_gave(), why_uncounted(call), c_.name(owner), grouped(amount_)),
        fmt::format("{} Until then the rule of {} cannot be checked.", count_it(call), c_.type(row_)));
    v.row = owner;
    return v;
  }

  // Both are about this row alone: what is lost elsewhere does not affect its rule.
  bool was_asked_less() const {
    auto const& row = c_.row(row_);
    return row.rule_calls < row.calls && (rule_ < ran_ || !(row.rule_macs || row.rule_operations));
  }
  bool holds_unseen() const {
    auto const* const m = c_.module_of(row_);
    if (amount_ > 0 || m == nullptr) return false;
    return !m->opens_scope || (c_.is_walked_through(row_) && products_[row_].holds_unseen_rule);
  }

  /// A second reason why the numbers can be wrong.
  std::string uncounted_too() const {
    auto const owner = products_[row_].unsupported;
    if (!is_below(owner)) return {};
    return fmt::format(" Also, {} in {}, so its work is missing from what ran.",
                       why_uncounted(first_of(operator_status::unsupported, owner)), c_.name(owner));
  }

  verdict incomplete() const {
    return make(
        verdict_kind::formula_incomplete,
        fmt::format("{}; answers of its rule are missing from the capture{}.", rule_gave(), kinds_lost()),
        "See the data losses at the end of the report: they name the rule and the fix.");
  }

  /// A rule whose answers are missing left a data loss. Without a data loss it was not asked.
  bool answers_were_lost() const { return !c_.capture.complete || c_.lost_answers(); }

  /// " (count_overflow, rule_failed)"
  std::string kinds_lost() const {
    std::string kinds;
    for (auto const kind : answers_lost) {
      if (c_.has_loss(kind)) kinds += (kinds.empty() ? " (" : ", ") + std::string(kind);
    }
    return kinds.empty() ? kinds : kinds + ')';
  }

  /// The data loss names the modules that were open.
  bool was_left_open() const {
    auto const& row = c_.row(row_);
    auto const name = row.path.empty() ? row.type : c_.name(row_);
    return std::any_of(c_.capture.losses.begin(), c_.capture.losses.end(), [&](data_loss_record const& l) {
      return l.kind == loss::scope_left_open.name && l.text.find(name) != std::string::npos;
    });
  }

  verdict left_open() const {
    auto const& row = c_.row(row_);
    return make(
        verdict_kind::formula_incomplete,
        fmt::format("{}; of {} the rule answered {}, and a call was still open when recording ended: a rule "
                    "is asked at the end of a call.",
                    rule_gave(), counted(row.calls, "call"), grouped(row.rule_calls)),
        "Stop the session after the threads have finished.");
  }

  verdict asked_less() const {
    auto const& row = c_.row(row_);
    return make(
        verdict_kind::rule_sees_fewer_calls,
        fmt::format(
            "{}; of {} the rule was asked about {}, and no answer was lost: the formula's own forward, which "
            "runs in evaluation mode as the baseline's does, did not make the others, or they ended with an "
            "exception.",
            rule_gave(), counted(row.calls, "call"), grouped(row.rule_calls)),
        "Compare in evaluation mode, where both forwards are the same.");
  }

  verdict fewer_calls(repeated_row const& seen) const {
    return make(
        verdict_kind::rule_sees_fewer_calls,
        fmt::format(
            "{}: the rule is asked once for each call of {}, while {} ran {} times in each; it does not "
            "count the {} MACs of the further calls.",
            rule_gave(), c_.type(row_), c_.name(seen.row), grouped(seen.times), grouped(-amount_)),
        fmt::format(
            "Put the rule on {}, where it is asked for each call, or multiply by the number of calls in the "
            "rule of {}.",
            c_.type(seen.row), c_.type(row_)));
  }

  verdict too_large(std::int64_t factor) const {
    auto const what =
        factor == 2
            ? std::string(
                  "exactly twice as many: it counts FLOPs (1 MAC = 2 FLOPs), but the total is in MACs")
            : fmt::format("exactly {} times as many{}", grouped(factor), known_about(c_, row_));
    return make(verdict_kind::rule_wrong_factor, fmt::format("{}, {}.{}", rule_gave(), what, uncounted_too()),
                factor == 2 ? fmt::format("Divide by 2: {}.", fix_the_rule())
                            : fmt::format("Look for a factor of {} that is counted once too often: {}.",
                                          grouped(factor), fix_the_rule()));
  }

  verdict too_small(std::int64_t factor) const {
    auto const what = factor == 2
                          ? std::string("exactly half: it seems to take MACs for FLOPs and halve them")
                          : fmt::format("{} times too few", grouped(factor));
    return make(verdict_kind::rule_wrong_factor, fmt::format("{}, {}.{}", rule_gave(), what, uncounted_too()),
                factor == 2
                    ? fmt::format("Multiply by 2: {}.", fix_the_rule())
                    : fmt::format("Look for a factor of {} that is left out (batch, heads, groups): {}.",
                                  grouped(factor), fix_the_rule()));
  }

  verdict wrong() const {
    auto const& row = c_.row(row_);
    if (rule_ == 0 && row.rule_operations.value_or(0) > 0) {
      return make(verdict_kind::rule_wrong,
                  fmt::format("The rule of {} counts operations ({}) and no MACs, while {} MACs ran.",
                              c_.name(row_), grouped(*row.rule_operations), grouped(ran_)),
                  fmt::format("Declare the rule of {} as one that counts MACs.", c_.type(row_)));
    }
    if (ran_ == 0) {
      return make(verdict_kind::rule_wrong,
                  fmt::format("The rule of {} gave {} MACs, but the dispatcher saw no product there.",
                              c_.name(row_), grouped(rule_)),
                  fmt::format("Check that {} does products in its forward; otherwise {}.", c_.type(row_),
                              fix_the_rule()));
    }
    return make(verdict_kind::rule_wrong,
                fmt::format("{}: {} {}{}.", rule_gave(), grouped(amount_ > 0 ? amount_ : -amount_),
                            amount_ > 0 ? "too many" : "too few", known_about(c_, row_)),
                fmt::format("To fix it, {}.", fix_the_rule()));
  }

  context const& c_;
  std::vector<row_products> const& products_;
  std::size_t row_;
  std::int64_t rule_, ran_, amount_;
};

}  // namespace

std::optional<verdict> explain_rule(context const& c, std::vector<row_products> const& products,
                                    std::size_t row, std::int64_t rule_macs, std::int64_t operator_macs) {
  if (rule_macs == operator_macs) return std::nullopt;
  return rule_explainer(c, products, row, rule_macs, operator_macs).explain();
}

}  // namespace flopwatch::comparison_detail
