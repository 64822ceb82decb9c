// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/write_collected.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/metrics.hpp"

namespace flopwatch::collect {
namespace {

using group_logs = std::vector<std::unique_ptr<context_log>>;

/// The first difference between two runs of one context; "" when they are equal.
std::string difference(context_log& first, context_log& other, kernel_table const& kernels) {
  first.spool().rewind();
  other.spool().rewind();
  launch_row a;
  launch_row b;
  std::vector<double> ignored;
  for (std::int64_t i = 0;; ++i) {
    bool const more_a = first.spool().read(a, ignored);
    bool const more_b = other.spool().read(b, ignored);
    if (!more_a && !more_b) return "";
    auto const name = [&](bool there, launch_row const& row) {
      return there ? demangled(kernels.names()[static_cast<std::size_t>(row.kernel - 1)]) : "no launch";
    };
    if (more_a && more_b && a.kernel == b.kernel && a.grid == b.grid && a.block == b.block) continue;
    std::string const where = "launch " + std::to_string(i) + " of context " + std::to_string(first.uid());
    if (more_a && more_b && a.kernel == b.kernel) return where + ": " + name(true, a) + " with another grid";
    return where + ": " + name(more_a, a) + ", then " + name(more_b, b);
  }
}

class joiner {
 public:
  joiner(collector& collected, detail::written_ids const& ids, capture_writer& writer)
      : collected_(collected), ids_(ids), writer_(writer) {}

  void write(std::map<std::string, std::string>& info) {
    collected_.give_up_open_group();
    bool const measured = collected_.refusal().empty() && collected_.complete_groups() > 0;
    if (measured) {
      for (std::size_t g = 0; g < collected_.complete_groups(); ++g) {
        if (g == 0 || joins(g)) groups_.push_back(g);
      }
      declare_plan();
    }
    describe(measured, info);
    add_kernels();
    if (!collected_.logs().empty()) add_launches(measured && collected_.what().scope_depth == 0);
    if (measured && collected_.what().scope_depth > 0) add_ranges();
    if (measured) add_raw();
    collected_.losses().write(writer_);
  }

 private:
  [[nodiscard]] bool joins(std::size_t g) {
    auto& first = collected_.logs()[0];
    auto& other = collected_.logs()[g];
    std::string why;
    if (first.size() != other.size()) why = "another number of contexts launched kernels";
    for (std::size_t c = 0; c < first.size() && why.empty(); ++c) {
      why = first[c]->uid() == other[c]->uid() ? difference(*first[c], *other[c], collected_.kernels())
                                               : "another context launched kernels";
    }
    if (!why.empty()) collected_.losses().note(loss::iterations_differ, 1, why);
    return why.empty();
  }

  void declare_plan() {
    std::vector<metric_record> metrics;
    for (auto const g : groups_) {
      auto const& group = collected_.what().groups[g];
      for (std::size_t m = 0; m < group.metrics.size(); ++m) {
        metric_record r;
        r.id = static_cast<std::int64_t>(metrics.size()) + 1;
        r.name = group.metrics[m];
        r.unit = group.units[m];
        r.metric_group = static_cast<std::int64_t>(g);
        metrics.push_back(std::move(r));
      }
    }
    writer_.add_plan(1, metrics);
  }

  void describe(bool measured, std::map<std::string, std::string>& info) {
    info[info_key::measured] = measured ? "collected" : "not collected";
    if (measured) {
      info.erase(info_key::measured_reason);
    } else if (!collected_.refusal().empty()) {
      info[info_key::measured_reason] = collected_.refusal();
    } else if (!collected_.what().groups.empty()) {
      info[info_key::measured_reason] = "no group of metrics was counted to its end";
    }
    bool tensor = false;
    for (auto const g : groups_) {
      for (auto const& m : collected_.what().groups[g].metrics) {
        auto const weight = weight_of(m);
        tensor = tensor || (weight && weight->tensor_core);
      }
    }
    if (collected_.raw().synthetic()) info[info_key::synthetic] = "yes";
    info[info_key::tensor_metrics] = tensor ? "collected" : "not collected";
  }

  void add_raw() {
    for (std::size_t g = 0; g < collected_.complete_groups() && !collected_.raw().empty(); ++g) {
      writer_.add(counter_group_record{1, static_cast<std::int64_t>(g), collected_.what().chip,
                                       collected_.what().cupti_version, collected_.what().groups[g].config});
    }
    collected_.raw().write(writer_);
  }

  void add_kernels() {
    std::int64_t id = 0;
    for (auto const& name : collected_.kernels().names())
      writer_.add(kernel_record{++id, name, demangled(name)});
  }

  void add_launches(bool measured) {
    for (std::size_t c = 0; c < collected_.logs()[0].size(); ++c) {
      for (auto const& group : collected_.logs()) {
        if (c < group.size()) group[c]->spool().rewind();
      }
      launch_row row;
      std::vector<double> values;
      auto& first = *collected_.logs()[0][c];
      while (first.spool().read(row, values)) {
        auto record = launch_of(row, first);
        if (measured) {
          record.plan = 1;
          take(values, record);
          for (std::size_t g = 1; g < groups_.size(); ++g) {
            launch_row same;
            static_cast<void>(collected_.logs()[groups_[g]][c]->spool().read(same, values));
            take(values, record);
          }
        }
        writer_.add(record);
      }
    }
  }

  /// Scope ranges, joined over the groups by their order in the context.
  void add_ranges() {
    for (std::size_t c = 0; c < collected_.logs()[0].size(); ++c) {
      auto& first = *collected_.logs()[0][c];
      if (first.ranges() == nullptr) continue;
      std::vector<scope_ranges*> others;
      for (std::size_t g = 1; g < groups_.size(); ++g) {
        others.push_back(collected_.logs()[groups_[g]][c]->ranges());
        if (others.back() != nullptr) others.back()->spooled().rewind();
      }
      first.ranges()->spooled().rewind();
      launch_row row;
      std::vector<double> values;
      while (first.ranges()->spooled().read(row, values)) {
        auto record = launch_of(row, first);
        record.plan = 1;
        take(values, record);
        for (std::size_t g = 1; g < groups_.size(); ++g) {
          auto* const other = others[g - 1];
          launch_row same;
          auto const metrics = collected_.what().groups[groups_[g]].metrics.size();
          if (other == nullptr || !other->spooled().read(same, values)) {
            values.assign(metrics, std::numeric_limits<double>::quiet_NaN());
          }
          take(values, record);
        }
        writer_.add(record);
      }
    }
  }

  static void take(std::vector<double> const& values, launch_record& record) {
    for (auto const v : values) {
      record.counters.push_back(std::isfinite(v) ? std::optional(v) : std::nullopt);
    }
  }

  launch_record launch_of(launch_row const& row, context_log const& log) {
    launch_record r;
    r.id = ++launches_;
    r.kernel = row.kernel;
    if (auto const s = ids_.scopes.find(row.scope); s != ids_.scopes.end()) r.scope = s->second;
    if (auto const o = ids_.operator_calls.find(row.operator_call); o != ids_.operator_calls.end()) {
      r.operator_call = o->second;
    }
    r.phase = row.in_phase;
    r.order = row.order;
    r.covers = row.covers;
    r.context = log.uid();
    r.stream = row.stream;
    r.thread = row.thread;
    r.grid_x = row.grid[0], r.grid_y = row.grid[1], r.grid_z = row.grid[2];
    r.block_x = row.block[0], r.block_y = row.block[1], r.block_z = row.block[2];
    return r;
  }

  collector& collected_;
  detail::written_ids const& ids_;
  capture_writer& writer_;
  std::vector<std::size_t> groups_;
  std::int64_t launches_ = 0;
};

}  // namespace

void write_collected(collector& collected, detail::written_ids const& ids, capture_writer& writer,
                     std::map<std::string, std::string>& info) {
  joiner(collected, ids, writer).write(info);
}

}  // namespace flopwatch::collect
