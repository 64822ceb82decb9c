// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/key_values.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "metrics/reuse/key_checks.hpp"

namespace flopwatch::recheck {
namespace {

/// The last bits of an average depend on the processor.
constexpr double average_tolerance = 1e-12;

std::string text_of(std::optional<double> const& v) { return v ? fmt::format("{}", *v) : "not collected"; }

bool same(std::optional<double> const& stored, double derived, bool exactly) {
  if (!stored) return false;
  return *stored == derived ||
         (!exactly && std::abs(*stored - derived) <= average_tolerance * std::abs(*stored));
}

}  // namespace

key_values::key_values(capture_data const& capture, recheck_checks const& checks) : checks_(checks) {
  for (auto const& m : capture.metrics) metrics_[m.plan].push_back(&m);
  for (auto const& c : capture.raw_chunks) group_of_chunk_[c.id] = c.metric_group;
  for (auto const& k : capture.kernels) kernels_[k.id] = k.display_name();
  for (auto const& c : checks.all()) {
    if (c.key != 0 && c.has_value) of_key_[c.key].push_back(&c);
  }
}

std::string key_values::name_of(reuse_key_record const& key) {
  return fmt::format("Key {} ({})", key.id, kernels_[key.kernel]);
}

void key_values::compare(reuse_key_record const& key, reuse_sums& out) {
  auto const& checks = of_key_[key.id];
  auto const kept = static_cast<std::int64_t>(checks.size());
  if (kept > key.checks) {
    out.add_wrong(fmt::format("{} was measured {} times, but {} checks of it are kept.", name_of(key),
                              key.checks, kept));
    return;
  }
  if (key.plan == 0) return;
  ++out.keys;
  bool const constant = key.kind == reuse_class::constant;
  if (kept == 0 || (!constant && kept < key.checks)) {
    ++out.unconfirmed;
    return;
  }
  compare(key, constant ? of_constant(key, checks, out) : of_average(key, checks), out);
}

key_values::values key_values::of_constant(reuse_key_record const& key, check_list const& checks,
                                           reuse_sums& out) {
  values derived(key.counters.size());
  for (auto const* check : checks) {
    for (std::size_t m = 0; m < derived.size(); ++m) {
      auto const v = checks_.value(*check, m);
      if (!v) continue;
      if (derived[m] && *derived[m] != *v) {
        out.add_wrong(fmt::format("{} is constant, but two of its checks have {} and {} for {}.",
                                  name_of(key), *derived[m], *v, metrics_[key.plan][m]->name));
      }
      derived[m] = v;
    }
  }
  return derived;
}

key_values::values key_values::of_average(reuse_key_record const& key, check_list const& checks) {
  struct group {
    std::vector<std::size_t> positions;
    reuse::key_checks checks;
  };
  std::map<std::int64_t, group> groups;
  auto const& metrics = metrics_[key.plan];
  for (std::size_t m = 0; m < metrics.size(); ++m) groups[metrics[m]->metric_group].positions.push_back(m);
  for (auto const* check : checks) {
    auto& g = groups[group_of_chunk_[check->chunk]];
    std::vector<double> of_check;
    for (auto const m : g.positions) of_check.push_back(checks_.value(*check, m).value_or(std::nan("")));
    g.checks.add(check->number, of_check, 0);  // FLOPs are for bounds alone, which are not derived
  }
  values derived(key.counters.size());
  for (auto const& [number, g] : groups) {
    if (g.checks.count() == 0) continue;
    auto const average = g.checks.of(key.launches).per_launch;
    for (std::size_t i = 0; i < g.positions.size(); ++i) {
      if (std::isfinite(average[i])) derived[g.positions[i]] = average[i];
    }
  }
  return derived;
}

void key_values::compare(reuse_key_record const& key, values const& derived, reuse_sums& out) {
  bool whole = true;
  bool equal = true;
  for (std::size_t m = 0; m < derived.size(); ++m) {
    auto const& stored = key.counters[m];
    if (!derived[m]) {
      whole = whole && !stored;
    } else if (!same(stored, *derived[m], key.kind == reuse_class::constant)) {
      equal = false;
      out.add_wrong(fmt::format("{} has {} for {} in the capture, but its checks give {}.", name_of(key),
                                text_of(stored), metrics_[key.plan][m]->name, text_of(derived[m])));
    }
  }
  if (equal) ++(whole ? out.confirmed : out.partly);
}

}  // namespace flopwatch::recheck
