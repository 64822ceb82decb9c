// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/kineto_timeline.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "import/operator_calls.hpp"

namespace flopwatch::importing {
namespace {

constexpr std::string_view engine_frame = "autograd::engine::evaluate_function";

bool is_engine_frame(trace_events const& events, operator_event const& e) {
  return std::string_view(events.names[e.name]).starts_with(engine_frame);
}

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

/// The scope in which the forward call of each sequence number was made: backward nodes have the same number.
struct forward_scopes {
  std::unordered_map<std::int64_t, std::int64_t> of_program;
  /// Of calls that ran again inside a backward node, which can have a backward pass of their own there.
  std::unordered_map<std::int64_t, std::int64_t> of_recompute;

  [[nodiscard]] std::optional<std::int64_t> find(std::int64_t sequence, bool inside_node) const {
    if (inside_node) {
      if (auto const at = of_recompute.find(sequence); at != of_recompute.end()) return at->second;
    }
    auto const at = of_program.find(sequence);
    return at == of_program.end() ? std::nullopt : std::optional(at->second);
  }
};

/// The open scopes of one thread. A module that is opened inside a backward node runs its forward again.
class open_scopes {
 public:
  open_scopes(trace_events const& events, std::vector<span_event> const& ranges, bool of_modules,
              import_scopes& scopes)
      : events_(events), ranges_(ranges), of_modules_(of_modules), scopes_(scopes) {}

  void clear() { open_.clear(); }
  void close_until(std::int64_t now_ns) {
    while (!open_.empty() && open_.back().end_ns <= now_ns) open_.pop_back();
  }
  [[nodiscard]] std::int64_t current() const { return open_.empty() ? 0 : open_.back().scope; }
  [[nodiscard]] std::size_t depth() const { return open_.size(); }
  /// \param node_depth depth at which the backward node around it began; nullopt: there is none
  std::int64_t open(moment const& m, std::optional<std::size_t> node_depth) {
    auto const& name = events_.names[ranges_[m.at].name];
    std::string_view const type = of_modules_ ? type_of_module(name) : "";
    std::int64_t scope = 0;
    if (!of_modules_ || !node_depth) {
      scope = scopes_.inside(current(), name, type);
    } else if (open_.size() > *node_depth) {
      scope = scopes_.inside(current(), name, type, phase::recompute);
    } else {
      scope = scopes_.again(current(), name, type);
    }
    open_.push_back({m.end_ns, scope});
    return scope;
  }

 private:
  struct frame {
    std::int64_t end_ns, scope;
  };
  trace_events const& events_;
  std::vector<span_event> const& ranges_;
  bool of_modules_;
  import_scopes& scopes_;
  std::vector<frame> open_;
};

class thread_sweep {
 public:
  thread_sweep(trace_events const& events, open_scopes scopes, bool of_modules, capture_sink& sink,
               traced_operators& operators, std::vector<launch_place>& places, forward_scopes const& forward)
      : events_(events),
        scopes_(std::move(scopes)),
        of_modules_(of_modules),
        sink_(sink),
        operators_(operators),
        places_(places),
        forward_(forward) {}

  void run(std::vector<moment> const& moments) {
    scopes_.clear();
    frames_.clear();
    for (auto const& m : moments) {
      close_until(m.begin_ns);
      switch (m.what) {
        case kind::scope:
          sink_.scopes().enter(scopes_.open(m, node_depth()));
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
  struct frame {
    operator_event const* event = nullptr;
    std::int64_t end_ns = 0;
    std::int64_t scope = 0;
    flopwatch::phase phase = flopwatch::phase::forward;
    bool engine = false;
    std::size_t scopes_before = 0;  ///< open when it began
    bool transparent = false;       ///< reviewed: what it calls does all its work
    bool closed = false;            ///< a rule counts it, or would: what it calls is part of it
    bool counted = false;
    bool counted_inside = false, listed_inside = false, launched_inside = false;
    std::int64_t record = 0;              ///< operator_call_record::id; 0: none yet
    std::vector<std::size_t> launches{};  ///< that it made itself; they get its record when it has one
  };

  void close_until(std::int64_t now_ns) {
    while (!frames_.empty() && frames_.back().end_ns <= now_ns) close_call();
    scopes_.close_until(now_ns);
  }

  /// The innermost backward node; null: none.
  frame const* node() const {
    auto const found =
        std::find_if(frames_.rbegin(), frames_.rend(), [](frame const& f) { return f.engine; });
    return found == frames_.rend() ? nullptr : &*found;
  }

  std::optional<std::size_t> node_depth() const {
    auto const* const n = node();
    return n == nullptr ? std::nullopt : std::optional(n->scopes_before);
  }

  bool inside_closed() const {
    return std::any_of(frames_.begin(), frames_.end(), [](frame const& f) { return f.closed; });
  }

  void open_call(moment const& m) {
    auto const& event = events_.operators[m.at];
    frame f;
    f.event = &event;
    f.end_ns = m.end_ns;
    f.engine = is_engine_frame(events_, event);
    f.scopes_before = scopes_.depth();
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

  /// Where work is done that begins now.
  launch_place place_now() const {
    auto const* const around = node();
    if (around == nullptr) return {scopes_.current(), 0, phase::forward};
    bool const runs_again = of_modules_ && scopes_.depth() > around->scopes_before;
    if (runs_again) return {scopes_.current(), 0, phase::recompute};
    return {around->scope, 0, phase::backward};
  }

  void place(frame& f) const {
    auto const now = place_now();
    f.scope = now.scope;
    f.phase = now.phase;
    if (!f.engine) return;
    f.phase = phase::backward;
    if (auto const forward = forward_.find(f.event->sequence, node() != nullptr)) f.scope = *forward;
  }

  void launch(std::size_t at) {
    for (auto& f : frames_) f.launched_inside = true;
    auto const closed = std::find_if(frames_.begin(), frames_.end(), [](frame const& f) { return f.closed; });
    auto& to = places_[at];
    if (closed != frames_.end()) {
      to = {closed->scope, closed->record, closed->phase};
      return;
    }
    to = place_now();
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
  open_scopes scopes_;
  bool of_modules_;
  capture_sink& sink_;
  traced_operators& operators_;
  std::vector<launch_place>& places_;
  forward_scopes const& forward_;
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

forward_scopes scopes_of_sequences(trace_events const& events, open_scopes open,
                                   std::vector<std::vector<moment>> const& threads) {
  forward_scopes out;
  struct open_node {
    std::int64_t end_ns;
    std::size_t scopes_before;
  };
  // Modules that run again are those of a forward pass, so these come first, on whatever thread.
  auto const pass = [&](std::vector<moment> const& moments, bool inside_nodes) {
    open.clear();
    std::vector<open_node> nodes;
    for (auto const& m : moments) {
      open.close_until(m.begin_ns);
      while (!nodes.empty() && nodes.back().end_ns <= m.begin_ns) nodes.pop_back();
      if (m.what == kind::scope) {
        if (nodes.empty() || inside_nodes)
          (void)open.open(m, nodes.empty() ? std::nullopt : std::optional(nodes.back().scopes_before));
      } else if (m.what == kind::call) {
        auto const& e = events.operators[m.at];
        if (is_engine_frame(events, e)) {
          nodes.push_back({m.end_ns, open.depth()});
        } else if (e.sequence >= 0 && !e.from_backward) {
          (nodes.empty() ? out.of_program : out.of_recompute)[e.sequence] = open.current();
        }
      }
    }
  };
  for (auto const& moments : threads) pass(moments, false);
  for (auto const& moments : threads) pass(moments, true);
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
  open_scopes const scopes(events, ranges, of_modules, sink.scopes());
  auto const forward = scopes_of_sequences(events, scopes, threads);
  traced_operators operators(events, sink.operator_calls());
  std::vector<launch_place> places(launches.size());
  thread_sweep sweep(events, scopes, of_modules, sink, operators, places, forward);
  for (auto const& moments : threads) sweep.run(moments);
  operators.finish();
  return places;
}

}  // namespace flopwatch::importing
