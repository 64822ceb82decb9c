// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/merge/merged_losses.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "capture/merge/merged_info.hpp"
#include "capture/process_list.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::capture_detail {
namespace {

constexpr std::size_t most_texts = 3;
constexpr std::size_t most_named = 4096;

/// "Of ranks 1, 3." or "Of all 8 processes."
std::string of(std::vector<process_record> const& some, std::size_t all) {
  if (some.size() == all && all > 1) return fmt::format("Of all {} processes.", all);
  return fmt::format("Of {}.", process_list(some));
}

/// Ranks that the launcher numbered and no capture has.
void add_missing(std::vector<process_record> const& processes, std::vector<data_loss_record>& out) {
  std::int64_t size = 0;
  std::set<std::int64_t> there;
  for (auto const& p : processes) {
    size = std::max(size, p.world_size);
    if (p.rank >= 0) there.insert(p.rank);
  }
  auto const number = size - static_cast<std::int64_t>(std::distance(there.begin(), there.lower_bound(size)));
  if (number <= 0) return;
  std::vector<process_record> named;  // the list is cut anyway, and a stated size can be anything
  for (std::int64_t r = 0; r < size && named.size() < most_named; ++r) {
    if (!there.contains(r)) named.emplace_back().rank = r;
  }
  out.push_back(make_loss(loss::process_missing, number, fmt::format("Missing: {}.", process_list(named))));
}

void add_repeated(std::vector<process_record> const& processes, std::vector<data_loss_record>& out) {
  std::set<std::int64_t> there;
  std::vector<process_record> repeated;
  for (auto const& p : processes) {
    if (p.rank >= 0 && !there.insert(p.rank).second) repeated.push_back(p);
  }
  if (repeated.empty()) return;
  out.push_back(make_loss(loss::process_repeated, static_cast<std::int64_t>(repeated.size()),
                          fmt::format("Repeated: {}.", process_list(repeated))));
}

}  // namespace

void merged_losses::add(process_record const& who, std::vector<data_loss_record> const& losses) {
  processes_.push_back(who);
  for (auto const& l : losses) {
    auto& kind = kinds_[{l.kind, l.severity}];
    if (__builtin_add_overflow(kind.count, l.count, &kind.count))
      kind.count = std::numeric_limits<std::int64_t>::max();
    if (kind.processes.empty() || kind.processes.back().id != who.id) kind.processes.push_back(who);
    if (std::find(kind.texts.begin(), kind.texts.end(), l.text) != kind.texts.end()) continue;
    if (kind.texts.size() == most_texts) {
      kind.more_texts = true;
    } else {
      kind.texts.push_back(l.text);
    }
  }
}

std::vector<data_loss_record> merged_losses::finish(merged_info const& info,
                                                    std::int64_t resized_modules) const {
  std::vector<data_loss_record> out;
  for (auto const& [key, kind] : kinds_) {
    auto const* const known = loss::find(key.first);
    // What the texts have in common is said once.
    std::string text;
    for (auto const& t : kind.texts) {
      bool const detail = known != nullptr && !text.empty() && t.starts_with(known->sentence);
      auto part = detail ? t.substr(known->sentence.size()) : t;
      if (!part.empty() && part.front() == ' ') part.erase(0, 1);
      if (!part.empty()) text += (text.empty() ? "" : " ") + part;
    }
    if (kind.more_texts) text += " And more.";
    if (processes_.size() > 1) text += " " + of(kind.processes, processes_.size());
    out.push_back({key.first, key.second, kind.count, text});
  }
  add_missing(processes_, out);
  add_repeated(processes_, out);
  auto const lacking = [&](std::vector<process_record> const& some, char const* what) {
    if (some.empty()) return;
    out.push_back(make_loss(loss::process_without_column, static_cast<std::int64_t>(some.size()),
                            fmt::format("{}: {}.", what, process_list(some))));
  };
  lacking(info.not_measured(), "Not measured");
  lacking(info.without_formula(), "Without formula");
  if (resized_modules > 0) out.push_back(make_loss(loss::parameters_differ, resized_modules));
  return out;
}

}  // namespace flopwatch::capture_detail
