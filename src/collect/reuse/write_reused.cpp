// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/reuse/write_reused.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "collect/write_tables.hpp"
#include "metrics/reuse/sum_bound.hpp"

namespace flopwatch::collect {
namespace {

class reuse_writer {
 public:
  reuse_writer(reuse_collector& collected, detail::written_ids const& ids, capture_writer& writer)
      : collected_(collected), ids_(ids), writer_(writer), groups_(collected.plan().groups.size()) {
    std::iota(groups_.begin(), groups_.end(), std::size_t{0});
  }

  void write(std::map<std::string, std::string>& info) {
    collected_.for_each_count([&](launch_count const& c) { add(c); });
    auto const metrics = metrics_of(collected_.plan(), groups_);
    measured_ = collected_.refusal().empty() && !groups_.empty() && any_check();
    if (measured_) writer_.add_plan(1, metrics, true);
    describe(has_tensor_metrics(metrics), info);
    write_kernels(collected_.kernels(), writer_);
    write_graphs(collected_.graphs(), ids_, writer_);
    add_keys();
    if (fewest_random_) info[reuse::random_checks_entry] = std::to_string(*fewest_random_);
    add_counts();
    if (measured_) {
      add_audits();
      add_checks();
      write_raw(collected_.raw(), collected_.plan(), groups_, collected_.losses(), writer_);
    }
    collected_.losses().write(writer_);
  }

 private:
  using place = std::tuple<std::int64_t, std::int64_t, phase>;  // scope, operator call

  void add(launch_count const& c) {
    auto const n = c.launches.load(std::memory_order_relaxed);
    if (n <= 0) return;
    launches_[c.key] += n;
    places_[c.key][{id_of(ids_, c.scope), id_of(ids_, c.operator_call), c.in_phase}] += n;
  }

  [[nodiscard]] bool any_check() const {
    return std::any_of(launches_.begin(), launches_.end(),
                       [&](auto const& l) { return checks_of(*l.first) > 0; });
  }

  [[nodiscard]] std::int64_t checks_of(launch_key const& key) const {
    std::int64_t out = 0;
    for (auto const g : groups_) out += collected_.table().checks(key.number, g).count();
    return out;
  }

  void describe(bool tensor, std::map<std::string, std::string>& info) {
    info[info_key::measured] = measured_ ? "collected" : "not collected";
    if (measured_) {
      info.erase(info_key::measured_reason);
    } else {
      info[info_key::measured_reason] =
          !collected_.refusal().empty() ? collected_.refusal() : "no launch was measured within the budget";
    }
    info[info_key::tensor_metrics] = measured_ && tensor ? "collected" : "not collected";
    if (collected_.raw().synthetic()) info[info_key::synthetic] = "yes";
    info["reuse_measuring_ns"] = std::to_string(collected_.spent().spent_ns());
    info["reuse_learning_ns"] = std::to_string(collected_.spent().learned_ns());
  }

  void add_keys() {
    std::int64_t reused = 0;
    std::int64_t unlearned = 0;
    std::int64_t waiting = 0;
    for (auto const& [key, launches] : launches_) {
      auto const r = record_of(*key, launches);
      writer_.add(r);
      ids_of_keys_[key] = r.id;
      // Of a key that was measured whole no launch could differ.
      if (r.kind == reuse_class::constant && launches > r.checks) note_random_checks(*key);
      bool const whole = r.plan != 0 && std::none_of(r.counters.begin(), r.counters.end(),
                                                     [](auto const& v) { return !v.has_value(); });
      if (!key->measurable) {
        waiting += launches;
      } else if (measured_ && !whole) {
        unlearned += launches;
      } else if (measured_) {
        reused += std::max<std::int64_t>(0, launches - r.checks);
      }
    }
    auto& losses = collected_.losses();
    if (reused > 0) losses.note(loss::counts_reused, reused);
    if (unlearned > 0) losses.note(loss::reuse_not_learned, unlearned);
    if (waiting > 0 && collected_.refusal().empty()) losses.note(loss::waiting_kernels, waiting);
  }

  void note_random_checks(launch_key const& key) {
    for (auto const g : groups_) {
      auto const n = collected_.table().random_checks(key.number, g);
      fewest_random_ = std::min(fewest_random_.value_or(n), n);
    }
  }

  reuse_key_record record_of(launch_key const& key, std::int64_t launches) {
    reuse_key_record r;
    r.id = ++keys_;
    r.kernel = key.identity.kernel;
    auto const kind = collected_.table().class_of(key.number);
    r.kind = kind == reuse::key_class::constant   ? reuse_class::constant
             : kind == reuse::key_class::variable ? reuse_class::variable
                                                  : reuse_class::learning;
    r.by_parameter = key.identity.by_parameter;
    auto const& [grid, block] = std::tie(key.identity.grid, key.identity.block);
    r.grid_x = grid[0], r.grid_y = grid[1], r.grid_z = grid[2];
    r.block_x = block[0], r.block_y = block[1], r.block_z = block[2];
    r.shared_bytes = key.identity.shared_bytes;
    r.launches = launches;
    r.checks = checks_of(key);
    r.bound_flops = 0;
    if (!measured_ || r.checks == 0) return r;
    r.plan = 1;
    double squares = 0;
    for (auto const g : groups_) {
      auto const& checks = collected_.table().checks(key.number, g);
      auto const metrics = collected_.plan().groups[g].metrics.size();
      if (checks.count() == 0) {
        r.counters.insert(r.counters.end(), metrics, std::nullopt);
        continue;
      }
      auto const sum = checks.of(launches);
      for (auto const v : sum.per_launch) r.counters.push_back(stored(v));
      squares += sum.bound_flops * sum.bound_flops;
    }
    r.bound_flops = stored(std::sqrt(squares));
    return r;
  }

  void add_counts() {
    for (auto const& [key, places] : places_) {
      for (auto const& [where, n] : places) {
        auto const& [scope, operator_call, in_phase] = where;
        writer_.add(reuse_count_record{ids_of_keys_.at(key), scope, operator_call, in_phase, n});
      }
    }
  }

  void add_audits() {
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
    for (auto const g : groups_) {
      auto const& audits = collected_.audits()[g];
      fewest = std::min(fewest, audits.count());
      auto const bound = early_bound(g) + audits.bound([&](reuse::audited_key const& k) {
        return collected_.table().checks(k.key, g).flops_at(k.number);
      });
      writer_.add(reuse_audit_record{1, static_cast<std::int64_t>(g), audits.count(), audits.equal(),
                                     audits.largest_difference(), stored(bound)});
    }
    if (fewest < 2) collected_.losses().note(loss::reuse_not_audited, 1, collected_.why_not_audited());
    if (auto const n = collected_.disagreements(); n > 0) collected_.losses().note(loss::reuse_disagrees, n);
  }

  /// Of what ran before the first audit, relative to the sum.
  double early_bound(std::size_t group) {
    auto const& table = collected_.table();
    std::map<reuse::key_number, std::int64_t> before;
    for (auto const& k : collected_.audits()[group].begin()) before[k.key] = k.number;
    double flops = 0;
    double squares = 0;
    for (auto const& [key, launches] : launches_) {
      auto const& checks = table.checks(key->number, group);
      if (checks.count() == 0) continue;
      flops += checks.of(launches).flops;
      auto const bound_flops = checks.bound_of_first(before[key->number], launches);
      squares += bound_flops * bound_flops;
    }
    return squares > 0 ? std::sqrt(squares) / flops : 0;
  }

  void add_checks() {
    std::vector<std::size_t> first(groups_.size(), 0);
    std::size_t metrics = 0;
    for (auto const g : groups_) {
      first[g] = metrics;
      metrics += collected_.plan().groups[g].metrics.size();
    }
    std::int64_t id = 0;
    for (auto const& check : collected_.kept()) {
      reuse_check_record r;
      r.plan = 1;
      if (check.key != nullptr) {
        auto const key = ids_of_keys_.find(check.key);
        if (key == ids_of_keys_.end()) continue;  // its launch came to nothing: no key, and no step
        r.key = key->second;
      }
      r.chunk = check.chunk;
      r.range = check.range;
      r.number = check.number;
      r.counters.assign(metrics, std::nullopt);
      for (std::size_t m = 0; m < check.values.size(); ++m)
        r.counters[first[check.group] + m] = stored(check.values[m]);
      r.id = ++id;
      writer_.add(r);
    }
  }

  reuse_collector& collected_;
  detail::written_ids const& ids_;
  capture_writer& writer_;
  std::vector<std::size_t> groups_;
  bool measured_ = false;
  // By the number of the key, so that two captures of one run have the same order.
  struct by_number {
    bool operator()(launch_key const* a, launch_key const* b) const noexcept { return a->number < b->number; }
  };
  std::map<launch_key const*, std::int64_t, by_number> launches_;
  std::map<launch_key const*, std::map<place, std::int64_t>, by_number> places_;
  std::map<launch_key const*, std::int64_t, by_number> ids_of_keys_;
  std::int64_t keys_ = 0;
  std::optional<std::int64_t> fewest_random_;
};

}  // namespace

void write_reused(reuse_collector& collected, detail::written_ids const& ids, capture_writer& writer,
                  std::map<std::string, std::string>& info) {
  reuse_writer(collected, ids, writer).write(info);
}

}  // namespace flopwatch::collect
