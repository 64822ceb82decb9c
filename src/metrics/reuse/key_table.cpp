// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/key_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace flopwatch::reuse {

key_number key_table::add(bool variable) {
  keys_.push_back({.groups = std::vector<key_group>(groups_), .variable = variable});
  for (auto& n : learning_) ++n;
  return keys_.size() - 1;
}

void key_table::set_left_out(key_number key, bool left_out) noexcept {
  auto& k = keys_[key];
  if (k.left_out == left_out) return;
  k.left_out = left_out;
  for (std::size_t g = 0; g < groups_; ++g) {
    if (k.groups[g].done.count() >= checks_) continue;
    learning_[g] = left_out ? learning_[g] - 1 : learning_[g] + 1;
  }
}

bool key_table::learns(key_number key, std::size_t group) const noexcept {
  auto const& g = keys_[key].groups[group];
  return !keys_[key].left_out && g.done.count() + g.open < checks_;
}

void key_table::begin(key_number key, std::size_t group) noexcept { ++keys_[key].groups[group].open; }

void key_table::drop(key_number key, std::size_t group) noexcept { --keys_[key].groups[group].open; }

bool key_table::end(key_number key, std::size_t group, std::int64_t number, std::span<double const> values,
                    double flops) {
  auto& k = keys_[key];
  auto& g = k.groups[group];
  --g.open;
  bool const was_equal = g.done.equal();
  g.done.add(number, values, flops);
  if (g.done.count() == checks_ && !k.left_out) --learning_[group];
  bool const differs = was_equal && !g.done.equal();
  if (differs) k.variable = true;
  return !differs;
}

key_class key_table::class_of(key_number key) const noexcept {
  auto const& k = keys_[key];
  bool const learned = std::all_of(k.groups.begin(), k.groups.end(),
                                   [&](key_group const& g) { return g.done.count() >= checks_; });
  if (k.variable) return key_class::variable;
  return learned ? key_class::constant : key_class::learning;
}

double key_table::weight(key_state const& k, std::size_t group, std::int64_t launches) const {
  auto const& done = k.groups[group].done;
  auto const n = static_cast<double>(launches);
  auto const checks = static_cast<double>(std::max<std::int64_t>(1, done.count()));
  // A variable key whose checks happen to be equal still gets some.
  if (k.variable) return n * std::max(done.deviation_flops(), 0.01 * done.mean_flops() / checks);
  return n * done.mean_flops() / checks;
}

std::optional<key_number> key_table::pick(std::size_t group,
                                          std::function<std::int64_t(key_number)> const& launches,
                                          double random_kind, double random_key) const {
  struct candidates {
    std::vector<std::pair<key_number, double>> keys;
    double sum = 0;
  };
  std::array<candidates, 2> kinds;  // constant, variable
  for (key_number i = 0; i < keys_.size(); ++i) {
    auto const launched = launches(i);
    if (keys_[i].left_out || learns(i, group) || launched == 0) continue;
    auto& kind = kinds[keys_[i].variable ? 1 : 0];
    kind.keys.emplace_back(i, weight(keys_[i], group, launched));
    kind.sum += kind.keys.back().second;
  }
  bool const variable = kinds[0].keys.empty() || (!kinds[1].keys.empty() && random_kind < 0.5);
  auto const& kind = kinds[variable ? 1 : 0];
  if (kind.keys.empty()) return std::nullopt;
  // No key is left out for ever: one that did nothing so far can do something later.
  double const least = kind.sum > 0 ? 0.02 * kind.sum / static_cast<double>(kind.keys.size()) : 1;
  double left = random_key * (kind.sum + least * static_cast<double>(kind.keys.size()));
  for (auto const& [key, weight] : kind.keys) {
    left -= weight + least;
    if (left < 0) return key;
  }
  return kind.keys.back().first;
}

}  // namespace flopwatch::reuse
