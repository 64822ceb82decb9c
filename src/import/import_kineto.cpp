// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/import_kineto.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "import/kineto_sax.hpp"
#include "import/kineto_timeline.hpp"
#include "import/launch_calls.hpp"

namespace flopwatch::importing {
namespace {

class kineto_import {
 public:
  kineto_import(trace_events events, capture_sink& sink) : events_(std::move(events)), sink_(sink) {}

  void run() {
    if (events_.cut_off) sink_.losses().add(loss::import_cut_off);
    describe_device();
    auto all = std::move(events_.launches);
    std::stable_sort(all.begin(), all.end(),
                     [](auto const& a, auto const& b) { return a.begin_ns < b.begin_ns; });
    if (events_.kernels.empty()) {
      by_order(std::move(all));
    } else {
      by_correlation(std::move(all));
    }
  }

 private:
  void describe_device() {
    std::int64_t device = 0;
    std::set<std::int64_t> used;
    for (auto const& k : events_.kernels) used.insert(k.device);
    if (!used.empty()) device = *used.begin();
    for (auto const& d : events_.devices) {
      if (d.id != device) continue;
      sink_.info()[info_key::gpu] = d.name;
      if (d.major >= 0) sink_.set_compute_capability(fmt::format("{}.{}", d.major, d.minor));
    }
    sink_.info()[info_key::device] = fmt::format("cuda:{}", device);
    if (used.size() > 1) {
      sink_.info()["devices"] = fmt::format("kernels of {} GPUs, which are all counted", used.size());
    }
  }

  /// Without kernels in the trace, only calls that launch are known, and the i-th range of counters is of the
  /// i-th. What a graph ran is not known.
  void by_order(std::vector<launch_event> all) {
    std::erase_if(all, [&](launch_event const& l) {
      if (launches_graph(events_.names[l.name])) lone_launches_.push_back(l);
      return !launches_kernel(events_.names[l.name]);
    });
    auto const one_by_one = all.size();
    all.insert(all.end(), lone_launches_.begin(), lone_launches_.end());
    auto const places = lay_out(events_, all, sink_);
    auto& counters = events_.counters;
    std::stable_sort(counters.begin(), counters.end(),
                     [](auto const& a, auto const& b) { return a.begin_ns < b.begin_ns; });
    bool const matched = counters.size() == one_by_one;
    if (!matched && !counters.empty()) {
      sink_.losses().add(loss::ranges_unmatched, {}, static_cast<std::int64_t>(counters.size()));
    }
    for (std::size_t i = 0; i < one_by_one; ++i) {
      imported_launch l;
      l.kernel = matched ? std::string_view(events_.names[counters[i].name]) : missing_kernel;
      if (l.kernel == "__missing__") l.kernel = "(kernel without a name)";
      set(l, places[i], all[i].thread);
      if (matched) l.values = std::move(counters[i].values);
      sink_.add(l);
    }
    add_without_kernel(all, places, one_by_one);
  }

  void add_without_kernel(std::vector<launch_event> const& all, std::vector<launch_place> const& places,
                          std::size_t first) {
    for (auto i = first; i < all.size(); ++i) {
      imported_launch l;
      l.kernel = missing_kernel;
      set(l, places[i], all[i].thread);
      sink_.losses().add(loss::import_launch_without_kernel, events_.names[all[i].name]);
      sink_.add(l);
    }
  }

  void by_correlation(std::vector<launch_event> all) {
    std::unordered_map<std::int64_t, std::size_t> call_of;
    auto& kernels = events_.kernels;
    std::set<std::int64_t> with_kernel;
    for (auto const& k : kernels) with_kernel.insert(k.correlation);
    std::erase_if(all, [&](launch_event const& l) {
      bool const used = l.correlation >= 0 && with_kernel.contains(l.correlation);
      if (!used && launches_kernel(events_.names[l.name])) lone_launches_.push_back(l);
      if (!used && launches_graph(events_.names[l.name])) lone_launches_.push_back(l);
      return !used;
    });
    auto const matched = all.size();
    all.insert(all.end(), lone_launches_.begin(), lone_launches_.end());
    for (std::size_t i = 0; i < matched; ++i) call_of.emplace(all[i].correlation, i);
    auto const places = lay_out(events_, all, sink_);
    // In the order of the launches; the kernels of a graph, which share one, in the order in which they ran.
    std::vector<std::size_t> order(kernels.size());
    std::iota(order.begin(), order.end(), 0);
    auto const launched_ns = [&](kernel_event const& k) {
      auto const call = call_of.find(k.correlation);
      return call == call_of.end() ? k.begin_ns : all[call->second].begin_ns;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(launched_ns(kernels[a]), kernels[a].begin_ns) <
             std::pair(launched_ns(kernels[b]), kernels[b].begin_ns);
    });
    auto const counted = match_counters(order);
    for (std::size_t i = 0; i < order.size(); ++i) {
      auto const& k = kernels[order[i]];
      imported_launch l;
      l.kernel = events_.names[k.name];
      if (auto const call = call_of.find(k.correlation); call != call_of.end()) {
        set(l, places[call->second], all[call->second].thread);
      } else {
        sink_.losses().add(loss::import_kernel_without_launch, std::string_view(l.kernel).substr(0, 60));
      }
      l.context = k.context;
      l.stream = k.stream;
      l.grid = k.grid;
      l.block = k.block;
      if (counted) l.values = std::move(events_.counters[i].values);
      sink_.add(l);
    }
    add_without_kernel(all, places, matched);
  }

  /// \return whether the ranges of counters are those of the kernels, in this order
  bool match_counters(std::vector<std::size_t> const& order) {
    auto& counters = events_.counters;
    if (counters.empty()) return false;
    std::stable_sort(counters.begin(), counters.end(),
                     [](auto const& a, auto const& b) { return a.begin_ns < b.begin_ns; });
    if (counters.size() == order.size()) return true;
    sink_.losses().add(loss::ranges_unmatched, {}, static_cast<std::int64_t>(counters.size()));
    return false;
  }

  void set(imported_launch& l, launch_place const& place, std::uint32_t thread) const {
    l.scope = place.scope;
    l.operator_call = place.operator_call;
    l.phase = place.phase;
    l.thread = events_.threads[thread].second;
  }

  trace_events events_;
  capture_sink& sink_;
  std::vector<launch_event> lone_launches_;
};

}  // namespace

void import_kineto(byte_source& from, capture_sink& sink, std::string const& label) {
  kineto_import(read_trace(from, sink.metrics(), label), sink).run();
}

}  // namespace flopwatch::importing
