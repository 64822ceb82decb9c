// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/diagnostics.hpp"

namespace flopwatch::importing {

/// Data losses of one import: how often each kind was met, and what it was about.
class loss_counts {
 public:
  /// `what`: one of the things in a list ("a, b, c and 17 more"); "" for none.
  void add(loss_kind const& kind, std::string_view what = {}, std::int64_t count = 1) {
    auto& met = entry_of(kind);
    met.count += count;
    if (what.empty() || std::find(met.names.begin(), met.names.end(), what) != met.names.end()) return;
    if (met.names.size() < most_names) {
      met.names.emplace_back(what);
    } else {
      met.more = true;
    }
  }

  [[nodiscard]] std::vector<data_loss_record> records() const {
    std::vector<data_loss_record> out;
    for (auto const& e : entries_) {
      std::string detail;
      for (auto const& name : e.names) detail += (detail.empty() ? "" : ", ") + name;
      if (e.more) detail += " and more";
      if (!detail.empty()) detail.insert(0, 1, '(').append(1, ')');
      out.push_back(make_loss(*e.kind, e.count, detail));
    }
    return out;
  }

 private:
  static constexpr std::size_t most_names = 12;
  struct entry {
    loss_kind const* kind;
    std::int64_t count = 0;
    std::vector<std::string> names;
    bool more = false;
  };
  entry& entry_of(loss_kind const& kind) {
    auto const known = std::find_if(entries_.begin(), entries_.end(),
                                    [&](entry const& e) { return e.kind->name == kind.name; });
    if (known != entries_.end()) return *known;
    return entries_.emplace_back(entry{&kind, 0, {}, false});
  }
  std::vector<entry> entries_;
};

}  // namespace flopwatch::importing
