// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/write_collected.hpp"

#include <cstdint>
#include <limits>
#include <utility>

#include "collect/write_tables.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::collect {
namespace {

/// The first difference between two runs of one context; "" when they are equal.
std::string difference(counted_context const& first, counted_context const& other,
                       kernel_table const& kernels) {
  first.launches->rewind();
  other.launches->rewind();
  launch_row a;
  launch_row b;
  std::vector<double> ignored;
  for (std::int64_t i = 0;; ++i) {
    bool const more_a = first.launches->read(a, ignored);
    bool const more_b = other.launches->read(b, ignored);
    if (!more_a && !more_b) return "";
    auto const name = [&](bool there, launch_row const& row) {
      return there ? demangled(kernels.names()[static_cast<std::size_t>(row.kernel - 1)]) : "no launch";
    };
    if (more_a && more_b && a.kernel == b.kernel && a.grid == b.grid && a.block == b.block) continue;
    std::string const where = "launch " + std::to_string(i) + " of context " + std::to_string(first.uid);
    if (more_a && more_b && a.kernel == b.kernel) return where + ": " + name(true, a) + " with another grid";
    return where + ": " + name(more_a, a) + ", then " + name(more_b, b);
  }
}

/// Writes the runs of all groups as one: each launch with the values of every group.
class group_joiner {
 public:
  group_joiner(collector& collected, detail::written_ids const& ids, capture_writer& writer)
      : collected_(collected), ids_(ids), writer_(writer) {}

  void write(std::map<std::string, std::string>& info) {
    collected_.give_up_open_group();
    runs_ = collected_.runs();
    for (std::size_t r = 0; collected_.refusal().empty() && r < runs_.size(); ++r) {
      if (runs_[r].complete && (r == 0 || equals_first(r))) counted_.push_back(r);
    }
    bool const measured = !counted_.empty();
    std::vector<std::size_t> groups;
    for (auto const run : counted_) groups.push_back(runs_[run].group);
    auto const metrics = metrics_of(collected_.plan(), groups);
    if (measured) writer_.add_plan(1, metrics);
    describe(measured, has_tensor_metrics(metrics), info);
    write_kernels(collected_.kernels(), writer_);
    write_graphs(collected_.graphs(), ids_, writer_);
    bool const by_scope = collected_.plan().scope_depth > 0;
    add_rows(&counted_context::launches, &group_joiner::launch_of, measured && !by_scope);
    if (measured && by_scope) add_rows(&counted_context::ranges, &group_joiner::range_of, true);
    if (measured) add_raw();
    collected_.losses().write(writer_);
  }

 private:
  template <class R>
  using record_maker = R (group_joiner::*)(launch_row const& row, std::uint32_t context);

  [[nodiscard]] counter_group const& group_of(std::size_t run) const {
    return collected_.plan().groups[runs_[run].group];
  }

  /// Whether that run launched what the first one did.
  [[nodiscard]] bool equals_first(std::size_t run) {
    auto const& first = runs_[0].contexts;
    auto const& other = runs_[run].contexts;
    std::string why;
    if (first.size() != other.size()) why = "another number of contexts launched kernels";
    for (std::size_t c = 0; c < first.size() && why.empty(); ++c) {
      why = first[c].uid == other[c].uid ? difference(first[c], other[c], collected_.kernels())
                                         : "another context launched kernels";
    }
    if (!why.empty()) collected_.losses().note(loss::iterations_differ, 1, why);
    return why.empty();
  }

  void describe(bool measured, bool tensor, std::map<std::string, std::string>& info) {
    info[info_key::measured] = measured ? "collected" : "not collected";
    if (measured) {
      info.erase(info_key::measured_reason);
    } else if (!collected_.refusal().empty()) {
      info[info_key::measured_reason] = collected_.refusal();
    } else if (!collected_.plan().groups.empty()) {
      info[info_key::measured_reason] = "no group of metrics was counted to its end";
    }
    if (collected_.raw().synthetic()) info[info_key::synthetic] = "yes";
    info[info_key::tensor_metrics] = tensor ? "collected" : "not collected";
  }

  void add_raw() {
    std::vector<std::size_t> groups;
    for (auto const& run : runs_) {
      if (run.complete) groups.push_back(run.group);
    }
    write_raw(collected_.raw(), collected_.plan(), groups, collected_.losses(), writer_);
  }

  /// The launches, or the scope ranges, of every context. \param record_of makes the record of a row
  /// \param measured with the values of the groups
  template <class R>
  void add_rows(launch_spool* counted_context::*rows, record_maker<R> record_of, bool measured) {
    if (runs_.empty()) return;
    for (std::size_t c = 0; c < runs_[0].contexts.size(); ++c) {
      auto const& first = runs_[0].contexts[c];
      if (first.*rows == nullptr) continue;
      std::vector<launch_spool*> of_counted;
      for (auto const run : counted_) of_counted.push_back(runs_[run].contexts[c].*rows);
      add_rows_of_context(first.uid, *(first.*rows), of_counted, record_of, measured);
    }
  }

  /// Row by row, from the same position in every counted run. \param first has a record for each row
  template <class R>
  void add_rows_of_context(std::uint32_t uid, launch_spool& first,
                           std::vector<launch_spool*> const& of_counted, record_maker<R> record_of,
                           bool measured) {
    first.rewind();
    for (auto* const spool : of_counted) {
      if (spool != nullptr) spool->rewind();
    }
    launch_row row;
    std::vector<double> own;
    std::vector<double> values;
    while (first.read(row, own)) {
      auto record = (this->*record_of)(row, uid);
      if (measured) {
        record.plan = 1;
        for (std::size_t i = 0; i < counted_.size(); ++i) {
          launch_row same;
          if (counted_[i] == 0) {
            values = own;
          } else if (of_counted[i] == nullptr || !of_counted[i]->read(same, values)) {
            values.assign(group_of(counted_[i]).metrics.size(), std::numeric_limits<double>::quiet_NaN());
          }
          take(values, record);
        }
      }
      writer_.add(record);
    }
  }

  template <class R>
  static void take(std::vector<double> const& values, R& record) {
    for (auto const v : values) record.counters.push_back(stored(v));
  }

  scope_range_record range_of(launch_row const& row, std::uint32_t context) {
    return {++ranges_, 1, id_of(ids_, row.scope), row.in_phase, row.order, context, row.covers, {}};
  }

  launch_record launch_of(launch_row const& row, std::uint32_t context) {
    auto r = record_of(row, context);
    r.id = ++launches_;
    r.scope = id_of(ids_, row.scope);
    r.operator_call = id_of(ids_, row.operator_call);
    r.in_scope_range = row.covers == 0;
    return r;
  }

  collector& collected_;
  detail::written_ids const& ids_;
  capture_writer& writer_;
  std::vector<group_run> runs_;
  std::vector<std::size_t> counted_;  ///< runs whose values are joined; the first run is 0
  std::int64_t launches_ = 0;
  std::int64_t ranges_ = 0;
};

}  // namespace

void write_collected(collector& collected, detail::written_ids const& ids, capture_writer& writer,
                     std::map<std::string, std::string>& info) {
  group_joiner(collected, ids, writer).write(info);
}

}  // namespace flopwatch::collect
