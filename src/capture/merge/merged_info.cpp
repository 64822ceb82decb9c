// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/merge/merged_info.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace flopwatch::capture_detail {
namespace {

constexpr std::size_t most_values = 8;
constexpr std::size_t listed_values = 3;

/// Each process has its own: they are columns of table process.
constexpr std::array of_process{info_key::host, info_key::pid,        info_key::started_utc,
                                info_key::rank, info_key::local_rank, info_key::world_size};

std::string entry_of(std::map<std::string, std::string> const& info, char const* key) {
  auto const it = info.find(key);
  return it == info.end() ? std::string() : it->second;
}

bool is(std::string const& key, char const* name) { return key == name; }

}  // namespace

void merged_info::add(process_record const& who, std::map<std::string, std::string> const& info) {
  for (auto const& [key, value] : info) {
    if (std::find_if(of_process.begin(), of_process.end(),
                     [&name = key](auto const* k) { return is(name, k); }) != of_process.end())
      continue;
    auto& entry = entries_[key];
    if (entry.processes++ == 0) entry.least = entry.most = value;
    entry.least = std::min(entry.least, value);
    entry.most = std::max(entry.most, value);
    if (entry.all.contains(value)) continue;
    if (entry.all.size() == most_values) {
      entry.more = true;
      continue;
    }
    entry.all.insert(value);
    entry.first.push_back(value);
  }
  if (entry_of(info, info_key::measured) == "collected") {
    ++measured_;
  } else {
    not_measured_.push_back(who);
  }
  if (entry_of(info, info_key::formula) != no_formula) {
    ++has_formula_;
  } else {
    without_formula_.push_back(who);
  }
}

void merged_info::write(capture_writer& to) const {
  for (auto const& [key, entry] : entries_) {
    auto const has = [&all = entry.all](char const* value) { return all.contains(value); };
    if (entry.all.size() == 1) {
      to.set_info(key, entry.first.front());
    } else if (is(key, info_key::created_utc)) {
      to.set_info(key, entry.least + " to " + entry.most);
    } else if (is(key, info_key::measured) && has("collected")) {
      to.set_info(key, "collected");
    } else if (is(key, info_key::tensor_metrics) && has("not collected")) {
      to.set_info(key, "not collected");
    } else if (is(key, info_key::synthetic) && has("yes")) {
      to.set_info(key, "yes");
    } else {
      std::string text;
      std::size_t shown = 0;
      for (auto const& value : entry.first) {
        if (is(key, info_key::formula) && value == no_formula) continue;
        if (shown++ == listed_values) break;
        text += (text.empty() ? "" : "; ") + value;
      }
      if (entry.more || entry.first.size() > listed_values) text += "; and others";
      to.set_info(key, text);
    }
  }
}

}  // namespace flopwatch::capture_detail
