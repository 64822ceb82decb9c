// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/reuse_sums.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "flopwatch/wide.hpp"
#include "recheck/key_values.hpp"

namespace flopwatch::recheck {
namespace {

using wide = wide_integer;  // sums of 64-bit values never leave it

constexpr auto most = std::numeric_limits<std::int64_t>::max();

using place = std::tuple<std::int64_t, std::int64_t, std::int64_t, phase, std::int64_t>;

/// One metric of launches of one place.
struct metric_sum {
  wide whole = 0;
  bool missing = false;

  /// An average is rounded for each row of table `reuse_count`.
  void add(std::optional<double> const& value, std::int64_t launches) {
    double const all = value ? std::round(*value * static_cast<double>(launches)) : 0;
    if (value && std::abs(*value) < 0x1p63 && *value == std::trunc(*value)) {
      whole += static_cast<wide>(*value) * launches;
    } else if (value && std::abs(all) < 0x1p63) {
      whole += static_cast<wide>(all);
    } else {
      missing = true;
    }
  }
  [[nodiscard]] std::optional<std::int64_t> sum() const {
    if (missing || whole > most || whole < std::numeric_limits<std::int64_t>::min()) return std::nullopt;
    return static_cast<std::int64_t>(whole);
  }
};

struct place_sums {
  wide launches = 0;
  std::vector<metric_sum> metrics;
};

class adding_up {
 public:
  adding_up(capture_data const& capture, reuse_sums& out) : capture_(capture), out_(out) {
    for (auto const& m : capture.metrics) metrics_[m.plan].push_back(&m);
    for (auto const& k : capture.kernels) kernels_[k.id] = k.display_name();
    for (auto const& c : capture.reuse_counts) counts_[c.key].push_back(&c);
  }

  void add(reuse_key_record const& key) {
    wide launches = 0;
    for (auto const* c : counts_[key.id]) {
      launches += c->launches;
      auto& to = places_[{key.plan, c->scope, c->operator_call, c->phase, key.kernel}];
      to.launches += c->launches;
      to.metrics.resize(key.counters.size());
      for (std::size_t m = 0; m < key.counters.size(); ++m) to.metrics[m].add(key.counters[m], c->launches);
    }
    if (launches != key.launches) {
      out_.add_wrong(fmt::format(
          "Key {} ({}) has {} launches in the capture, but its places do not have so many in all.", key.id,
          kernels_[key.kernel], key.launches));
    }
    launches += out_.launches;
    out_.launches = launches > most ? most : static_cast<std::int64_t>(launches);
  }

  void compare() {
    for (auto const& g : capture_.launch_groups) {
      if (g.reused) compare(g);
    }
  }

 private:
  void compare(launch_group const& g) {
    auto const where = fmt::format("Launches of {} in scope {}", kernels_[g.kernel], g.scope);
    auto const& of_place = places_[{g.plan, g.scope, g.operator_call, g.phase, g.kernel}];
    if (of_place.launches != g.launches) out_.add_wrong(where + " do not add up.");
    for (std::size_t m = 0; m < of_place.metrics.size(); ++m) {
      auto const& name = metrics_[g.plan][m]->name;
      auto const reported = g.sums.find(name);
      if (reported == g.sums.end()) continue;  // a rate
      ++out_.sums;
      if (reported->second != of_place.metrics[m].sum())
        out_.add_wrong(fmt::format("{} do not add up to what is reported for {}.", where, name));
    }
  }

  capture_data const& capture_;
  reuse_sums& out_;
  std::map<std::int64_t, std::vector<metric_record const*>> metrics_;  ///< of each plan, in order of ids
  std::map<std::int64_t, std::string> kernels_;
  std::map<std::int64_t, std::vector<reuse_count_record const*>> counts_;  ///< of each key
  std::map<place, place_sums> places_;
};

}  // namespace

reuse_sums add_up_again(capture_reader const& reader, capture_data const& capture,
                        recheck_checks const& checks) {
  reuse_sums out;
  key_values values(capture, checks);
  adding_up sums(capture, out);
  reader.for_each_reuse_key([&](reuse_key_record const& key) {
    values.compare(key, out);
    sums.add(key);
    return true;
  });
  sums.compare();
  return out;
}

}  // namespace flopwatch::recheck
