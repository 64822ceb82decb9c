// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/loss_sums.hpp"

namespace flopwatch::detail {

void loss_sums::add(loss_kind const& kind, std::int64_t count, std::string const& detail) {
  auto& l = sums_[kind.name];
  l.kind = &kind;
  l.count += count;
  if (detail.empty() || l.details == most_details) return;
  if (!l.detail.empty()) l.detail += ", ";
  l.detail += detail;
  if (++l.details == most_details) l.detail += ", ...";
}

std::vector<data_loss_record> loss_sums::records() const {
  std::vector<data_loss_record> all;
  all.reserve(sums_.size());
  for (auto const& [name, l] : sums_) all.push_back(make_loss(*l.kind, l.count, l.detail));
  return all;
}

}  // namespace flopwatch::detail
