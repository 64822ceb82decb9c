// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/kineto_timeline.hpp"

#include <algorithm>
#include <unordered_map>

#include "import/operator_calls.hpp"

namespace flopwatch::importing {
namespace {

constexpr std::string_view engine_frame = "autograd::engine::evaluate_function";

/// Type of a module in a trace, whose name there ends in a number: "Linear_0".
std::string_view type_of_module(std::string_view name) {
  auto const end = name.find_last_not_of("0123456789");
  return end != std::string_view::npos && end + 1 < name.size() && name[end] == '_' ? name.substr(0, end)
                                                                                    : name;
}

enum class kind : std::uint8_t { scope, call, launch };

/// An event of one thread; the order in which equal times are looked at.
struct moment {
  std::int64_t begin_ns, end_ns;
  kind what;
  std::size_t at;  ///< in the events of its kind
};

bool earlier(moment const& a, moment const& b) {
  return std::tie(a.begin_ns, b.end_ns, a.what, a.at) < std::tie(b.begin_ns, a.end_ns, b.what, b.at);
}

class thread_sweep {
 public:
  thread_sweep(trace_events const& events, std::vector<span_event> const& ranges, bool of_modules,
               capture_sink& sink, traced_operators& operators, std::vector<launch_place>& places,
               std::unordered_map<std::int64_t, std::int64_t>& forward_scopes)
      : events_(events),
        ranges_(ranges),
        of_modules_(of_modules),
        sink_(sink),
        operators_(operators),
        places_(places),
        forward_scopes_(forward_scopes) {}

  void run(std::vector<moment> const& moments) {
    scopes_.clear();
    frames_.clear();
    for (auto const& m : moments) {
      close_until(m.begin_ns);
      switch (m.what) {
        case kind::scope:
          open_scope(m);
          break;
        case kind::call:
          open_call(m);
          break;
        case kind::launch:
          launch(m.at);
          break;
      }
    }
    while (!frames_.empty()) close_call();
  }

 private:
  struct open_scope_frame {
    std::int64_t end_ns, scope;
  };
  struct frame {
    operator_event const* event = nullptr;
    std::int64_t end_ns = 0;
    std::int64_t scope = 0;
    flopwatch::phase phase = flopwatch::phase::forward;
    bool engine = false;
    bool transparent = false;  ///< reviewed: what it calls does all its work
    bool closed = false;       ///< a rule counts it, or would: what it calls is part of it
    bool counted = false;
    bool counted_inside = false, listed_inside = false, launched_inside = false;
    std::int64_t record = 0;              ///< operator_call_record::id; 0: none yet
    std::vector<std::size_t> launches{};  ///< that it made itself; they get its record when it has one
  };

  void close_until(std::int64_t now_ns) {
    while (!frames_.empty() && frames_.back().end_ns <= now_ns) close_call();
    while (!scopes_.empty() && scopes_.back().end_ns <= now_ns) scopes_.pop_back();
  }

  std::int64_t current_scope() const { return scopes_.empty() ? 0 : scopes_.back().scope; }

  bool inside_closed() const {
    return std::any_of(frames_.begin(), frames_.end(), [](frame const& f) { return f.closed; });
  }

  void open_scope(moment const& m) {
    auto const& name = events_.names[ranges_[m.at].name];
    auto const scope = sink_.scopes().inside(current_scope(), name, of_modules_ ? type_of_module(name) : "");
    sink_.scopes().enter(scope);
    scopes_.push_back({m.end_ns, scope});
  }

  void open_call(moment const& m) {
    auto const& event = events_.operators[m.at];
    frame f;
    f.event = &event;
    f.end_ns = m.end_ns;
    f.engine = std::string_view(events_.names[event.name]).starts_with(engine_frame);
    if (inside_closed()) {
      f.transparent = true;
      frames_.push_back(std::move(f));
      return;
    }
    place(f);
    auto const& work = operators_.work_of(event);
    if (work.treatment == operator_treatment::opened || f.engine) {
      f.transparent = true;
    } else if (work.treatment == operator_treatment::no_arithmetic) {
      f.record = operators_.add(event, f.scope, f.phase, operator_status::no_arithmetic);
    } else if (work.counted) {
      f.closed = f.counted = true;
      f.record = operators_.add(event, f.scope, f.phase, operator_status::counted);
      for (auto& outer : frames_) outer.counted_inside = true;
    } else if (work.no_shapes) {
      f.closed = true;
      f.record = operators_.add(event, f.scope, f.phase, operator_status::unsupported);
      sink_.losses().add(loss::import_no_shapes, events_.names[event.name]);
      for (auto& outer : frames_) outer.listed_inside = true;
    }
    frames_.push_back(std::move(f));
  }

  void place(frame& f) const {
    f.scope = current_scope();
    auto const node = std::find_if(frames_.rbegin(), frames_.rend(), [](frame const& o) { return o.engine; });
    if (node != frames_.rend()) {
      f.phase = phase::backward;
      f.scope = node->scope;
    } else if (f.engine) {
      f.phase = phase::backward;
      auto const forward = forward_scopes_.find(f.event->sequence);
      if (f.scope == 0 && forward != forward_scopes_.end()) f.scope = forward->second;
    }
  }

  void launch(std::size_t at) {
    for (auto& f : frames_) f.launched_inside = true;
    auto const closed = std::find_if(frames_.begin(), frames_.end(), [](frame const& f) { return f.closed; });
    auto& to = places_[at];
    if (closed != frames_.end()) {
      to = {closed->scope, closed->record, closed->phase};
      return;
    }
    to = {current_scope(), 0, phase::forward};
    auto const node = std::find_if(frames_.rbegin(), frames_.rend(), [](frame const& o) { return o.engine; });
    if (node != frames_.rend()) to = {node->scope, 0, phase::backward};
    auto const inner =
        std::find_if(frames_.rbegin(), frames_.rend(), [](frame const& f) { return !f.transparent; });
    if (inner == frames_.rend()) return;
    to.operator_call = inner->record;
    if (inner->record == 0) inner->launches.push_back(at);
  }

  /// An operator without a rule is listed if work of its own can be missing: if it launched a kernel itself,
  /// or if it called nothing that is listed or counted.
  void close_call() {
    auto f = std::move(frames_.back());
    frames_.pop_back();
    if (f.transparent || f.record != 0) return;
    auto const& work = operators_.work_of(*f.event);
    bool const own_launches = !f.launches.empty();
    bool const nothing_ran = !events_.kernels.empty() && !f.launched_inside;
    bool const nothing_inside = !f.counted_inside && !f.listed_inside;
    bool const listed = own_launches || (work.is_operator && nothing_inside && !nothing_ran);
    if (!listed) return;
    auto const status = f.counted_inside ? operator_status::partly_counted : operator_status::unsupported;
    auto const record = operators_.add(*f.event, f.scope, f.phase, status);
    for (auto const at : f.launches) places_[at].operator_call = record;
    for (auto& outer : frames_) outer.listed_inside = true;
  }

  trace_events const& events_;
  std::vector<span_event> const& ranges_;
  bool of_modules_;
  capture_sink& sink_;
  traced_operators& operators_;
  std::vector<launch_place>& places_;
  std::unordered_map<std::int64_t, std::int64_t>& forward_scopes_;
  std::vector<open_scope_frame> scopes_;
  std::vector<frame> frames_;
};

/// The events of each thread in the order of their times.
std::vector<std::vector<moment>> by_thread(trace_events const& events, std::vector<span_event> const& ranges,
                                           std::vector<launch_event> const& launches) {
  std::vector<std::vector<moment>> out(events.threads.size());
  auto const add = [&](auto const& all, kind what) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      out[all[i].thread].push_back({all[i].begin_ns, all[i].end_ns, what, i});
    }
  };
  add(ranges, kind::scope);
  add(events.operators, kind::call);
  add(launches, kind::launch);
  for (auto& thread : out) std::sort(thread.begin(), thread.end(), earlier);
  return out;
}

/// The scope in which the forward call of each sequence number was made: backward nodes have the same number.
std::unordered_map<std::int64_t, std::int64_t> scopes_of_sequences(
    trace_events const& events, std::vector<span_event> const& ranges, bool of_modules,
    std::vector<std::vector<moment>> const& threads, import_scopes& scopes) {
  std::unordered_map<std::int64_t, std::int64_t> out;
  for (auto const& moments : threads) {
    std::vector<std::pair<std::int64_t, std::int64_t>> open;
    for (auto const& m : moments) {
      while (!open.empty() && open.back().first <= m.begin_ns) open.pop_back();
      auto const current = open.empty() ? 0 : open.back().second;
      if (m.what == kind::scope) {
        auto const& name = events.names[ranges[m.at].name];
        open.emplace_back(m.end_ns, scopes.inside(current, name, of_modules ? type_of_module(name) : ""));
      } else if (m.what == kind::call) {
        auto const& e = events.operators[m.at];
        if (e.sequence >= 0 && !e.from_backward) out[e.sequence] = current;
      }
    }
  }
  return out;
}

}  // namespace

std::vector<launch_place> lay_out(trace_events const& events, std::vector<launch_event> const& launches,
                                  capture_sink& sink) {
  bool const of_modules = !events.modules.empty();
  std::vector<span_event> named;
  for (auto const& a : events.annotations) {
    // The profiler's own marks of its steps are no part of the program.
    if (!std::string_view(events.names[a.name]).starts_with("ProfilerStep")) named.push_back(a);
  }
  auto const& ranges = of_modules ? events.modules : named;
  auto const threads = by_thread(events, ranges, launches);
  auto forward_scopes = scopes_of_sequences(events, ranges, of_modules, threads, sink.scopes());
  traced_operators operators(events, sink.operator_calls());
  std::vector<launch_place> places(launches.size());
  thread_sweep sweep(events, ranges, of_modules, sink, operators, places, forward_scopes);
  for (auto const& moments : threads) sweep.run(moments);
  operators.finish();
  return places;
}

}  // namespace flopwatch::importing
