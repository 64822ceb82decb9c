// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "html/side.hpp"
#include "text/number_text.hpp"

namespace flopwatch::html {
namespace {

void replace_all(std::string& text, std::string const& from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// Amounts below are written as they are.
constexpr std::uint64_t least_replaced = 1000;

/// The cause with @@ for the module and ## for the amount, so that modules share it; page/data.js fills it
/// in. nullopt where the cause has such signs of its own.
std::optional<std::string> shared_cause(analysis const& a, verdict const& v) {
  if (v.cause.find("@@") != std::string::npos || v.cause.find("##") != std::string::npos) return std::nullopt;
  auto out = v.cause;
  auto const& at = a.tree.rows.at(v.row);
  if (!at.path.empty()) replace_all(out, at.path + " (" + at.type + ")", "@@");
  auto const amount =
      v.amount < 0 ? 0 - static_cast<std::uint64_t>(v.amount) : static_cast<std::uint64_t>(v.amount);
  if (amount >= least_replaced && v.amount != std::numeric_limits<std::int64_t>::min()) {
    replace_all(out, text::grouped(static_cast<std::int64_t>(amount)), "##");
  }
  return out;
}

/// What the amounts of one row have left to explain of each difference.
class left_over {
 public:
  explicit left_over(row_comparison const& d) : compared_(d) {}
  /// The amount of verdict `k`, less what is expected: the last one explains all that is left.
  std::int64_t amount(std::size_t k) {
    auto const& v = compared_.verdicts[k];
    auto& left = v.between == columns::formula_operator ? formula_ : measured_;
    bool const is_last =
        std::none_of(compared_.verdicts.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                     compared_.verdicts.end(), [&](auto const& later) { return later.between == v.between; });
    auto const out = is_last ? apart(v.amount, left) : v.amount;
    left = apart(left, v.amount);
    return out;
  }

 private:
  row_comparison const& compared_;
  std::int64_t formula_ = compared_.formula_minus_operator.value_or(0);
  std::int64_t measured_ = compared_.measured_minus_operator.value_or(0);
};

}  // namespace

std::string verdicts_json(analysis const& a, string_table& strings) {
  table out;
  std::size_t n = 0;
  for (std::size_t i = 0; i < a.differences.rows.size(); ++i) {
    left_over left(a.differences.rows[i]);
    for (std::size_t k = 0; k < a.differences.rows[i].verdicts.size(); ++k) {
      auto const& v = a.differences.rows[i].verdicts[k];
      auto const shared = shared_cause(a, v);
      out["row"].step(static_cast<std::int64_t>(i));
      out["kind"].add(static_cast<std::int64_t>(v.kind));
      out["between"].add(static_cast<std::int64_t>(v.between));
      out["amount"].add(left.amount(k));
      out["at"].add(static_cast<std::int64_t>(v.row), static_cast<std::int64_t>(i));
      out["cause"].add(strings.at(shared.value_or(v.cause)));
      out["shared"].add(shared ? 1 : 0);
      out["remedy"].add(strings.at(v.remedy));
      ++n;
    }
  }
  return out.json(n);
}

}  // namespace flopwatch::html
