// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/verdict_cell.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

namespace flopwatch::report {
using namespace text;
namespace {

bool is_disagreement(verdict const& v) {
  return v.kind != verdict_kind::agrees && v.kind != verdict_kind::equal_as_counted;
}

verdict_cell cell_of_silence(silence s) {
  if (s == silence::not_called) return {{"not called", look::dim}};
  if (s == silence::not_called_fused) {
    return {{std::string(short_text(verdict_kind::not_called_fused)), look::dim}};
  }
  return {{"not seen", look::dim}, false, true};
}

verdict_cell cell_of_agreement(std::vector<verdict> const& all) {
  if (all.empty()) return {};
  bool const agree =
      std::all_of(all.begin(), all.end(), [](verdict const& v) { return v.kind == verdict_kind::agrees; });
  return agree ? verdict_cell{{std::string(short_text(verdict_kind::agrees)), look::good}}
               : verdict_cell{{std::string(short_text(verdict_kind::equal_as_counted)), look::notice}};
}

}  // namespace

verdict_cell verdict_of_row(std::vector<verdict> const& verdicts, std::size_t row, silence silent) {
  auto const first = std::find_if(verdicts.begin(), verdicts.end(), is_disagreement);
  bool const says_no_more =
      first == verdicts.end() || (first->amount == 0 && (first->kind == verdict_kind::not_called_fused ||
                                                         first->kind == verdict_kind::called_unseen));
  if (silent != silence::none && says_no_more) return cell_of_silence(silent);
  if (first == verdicts.end()) return cell_of_agreement(verdicts);
  std::set<verdict_kind> more;
  for (auto const& v : verdicts) {
    if (is_disagreement(v) && v.kind != first->kind) more.insert(v.kind);
  }
  bool const below = first->row != row;
  return {{(below ? "↓ " : "") + std::string(short_text(first->kind)), below ? look::dim : look::notice,
           more.empty() ? "" : fmt::format(" +{}", more.size())},
          below};
}

}  // namespace flopwatch::report
