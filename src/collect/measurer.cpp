// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/measurer.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "collect/collector.hpp"
#include "collect/reuse/write_reused.hpp"
#include "collect/unfinished_launches.hpp"
#include "collect/write_collected.hpp"
#include "cupti/chip_plan.hpp"
#include "cupti/device_checks.hpp"
#include "cupti/driver_api.hpp"
#include "cupti/host.hpp"
#include "cupti/locate/candidates.hpp"
#include "cupti/plan_cache.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::collect {
using namespace cupti;
namespace {

/// Each group of metrics gets its turn.
bool takes_all_groups(measure_request const& request) {
  return request.owns_function || request.mode == replay_mode::reuse;
}

metric_request requested_metrics(measure_request const& request) {
  metric_request out;
  out.types = request.types;
  auto const text = request.metrics.empty() ? std::string(takes_all_groups(request) ? "full" : "cuda-core")
                                            : request.metrics;
  if (auto const set = parse_metric_set(text)) {
    out.set = *set;
    return out;
  }
  for (std::size_t at = 0; at <= text.size();) {
    auto const end = std::min(text.find(',', at), text.size());
    if (end > at) out.metrics.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

replay_mode mode_of(measure_request const& request) {
  if (request.mode != replay_mode::automatic) return request.mode;
  return request.owns_function ? replay_mode::iteration : replay_mode::none;
}

void refuse_what_does_not_fit(measure_request const& request, chip_plan const& plan, replay_mode mode) {
  if (plan.groups.empty()) {
    throw usage_error(fmt::format(
        "{} has no metric that was asked for; flopwatch metrics --chip {} lists those that it has.",
        plan.chip, plan.chip));
  }
  if (request.scope_depth > 0 && mode == replay_mode::kernel) {
    throw usage_error(
        "Kernel replay counts each launch by itself: use scope depth 0, or replay mode none or iteration.");
  }
  if (mode == replay_mode::iteration && !request.owns_function) {
    throw usage_error(
        "Replay mode iteration counts a function again and again, and a recording between start and stop has "
        "none: use session.count, name the range that marks an iteration (session_options::iteration), or "
        "use replay mode none with the metrics cuda-core.");
  }
  if (mode == replay_mode::reuse) return;  // groups take turns
  if (mode != replay_mode::none || plan.passes() == 1) return;
  throw usage_error(
      fmt::format("The metrics need {} passes on {}, and replay mode none has one: use {}kernel replay, or "
                  "fewer metrics (cuda-core takes one pass).",
                  plan.passes(), plan.chip, request.owns_function ? "replay mode iteration, or " : ""));
}

/// What the device answers before its profiler is enabled; afterwards it refuses.
struct availability {
  std::vector<std::uint8_t> image;       ///< empty when it refuses
  std::exception_ptr refused = nullptr;  ///< missing permission shows here first
};

availability ask_device(api const& cupti, CUcontext context) {
  current_context const current(opened_driver(), context);
  release_put_off(context);
  try {
    return {counter_availability(cupti, context)};
  } catch (cupti_error const&) {
    return {{}, std::current_exception()};
  }
}

counter_group group_of(planned_group const& planned) {
  counter_group out{planned.names(), {}, planned.config_image, planned.passes};
  for (auto const& m : planned.metrics) out.units.push_back(m.unit);
  return out;
}

/// All metrics in one image, whose passes CUPTI runs kernel by kernel.
counter_group in_one(chip_plan const& plan, std::span<std::uint8_t const> available) {
  counter_group out;
  for (auto const& group : plan.groups) {
    auto const part = group_of(group);
    out.metrics.insert(out.metrics.end(), part.metrics.begin(), part.metrics.end());
    out.units.insert(out.units.end(), part.units.begin(), part.units.end());
  }
  host h(plan.chip, available);
  h.add_metrics(out.metrics);
  out.config = h.config_image();
  out.passes = passes_of(out.config);
  return out;
}

evaluate_image evaluator(std::string const& chip, std::span<std::uint8_t const> available) {
  struct shared {
    shared(std::string const& name, std::span<std::uint8_t const> counters) : host_of_chip(name, counters) {}
    std::mutex mutex;
    host host_of_chip;
  };
  return [s = std::make_shared<shared>(chip, available)](
             std::vector<std::uint8_t> const& image, std::size_t range, std::span<std::string const> metrics,
             std::vector<double>& values) {
    std::lock_guard const lock(s->mutex);
    values = s->host_of_chip.evaluate(image, range, metrics);
  };
}

class measurer final : public detail::recorder {
 public:
  measurer(api const& cupti, std::unique_ptr<primary_context> context, collection_plan plan,
           chip_plan const& metrics, std::map<std::string, std::string> info)
      : context_(std::move(context)),
        collector_(cupti, opened_driver(), std::move(plan)),
        info_(std::move(info)) {
    if (!metrics.lacking.empty()) {
      collector_.losses().note(loss::metric_lacking, static_cast<std::int64_t>(metrics.lacking.size()),
                               fmt::format("{}: {}", fmt::join(metrics.lacking, ", "), metrics.refusal));
    }
  }

  void begin_run() override { collector_.begin_run(); }
  bool end_run() noexcept override { return collector_.end_run(); }
  bool needs_run() noexcept override { return collector_.needs_run(); }
  std::unique_ptr<detail::unfinished_source> so_far() override {
    return std::make_unique<unfinished_launches>(collector_, info_);
  }
  void write(detail::written_ids const& ids, capture_writer& writer) override {
    write_collected(collector_, ids, writer, info_);
  }
  void describe(std::map<std::string, std::string>& info) const override {
    info.erase(info_key::measured_reason);
    for (auto const& [key, value] : info_) info[key] = value;
  }

 private:
  std::unique_ptr<primary_context> context_;  ///< kept from the first query on: making one takes long
  collector collector_;
  std::map<std::string, std::string> info_;
};

/// Measures some launches of a run, and counts all.
class reuse_measurer final : public detail::recorder {
 public:
  reuse_measurer(api const& cupti, std::unique_ptr<primary_context> context, collection_plan plan,
                 reuse_options const& options, std::map<std::string, std::string> info)
      : context_(std::move(context)),
        collector_(cupti, opened_driver(), std::move(plan), options, reuse_clock()),
        info_(std::move(info)) {}

  void begin_run() override { collector_.begin(); }
  bool end_run() noexcept override {
    collector_.end();
    return true;
  }
  void step_begins() noexcept override { collector_.step_begins(); }
  void step_ends() noexcept override { collector_.step_ends(); }
  reused_work reused_since(reuse_mark& mark) override { return collector_.since(mark); }
  void write(detail::written_ids const& ids, capture_writer& writer) override {
    write_reused(collector_, ids, writer, info_);
  }
  void describe(std::map<std::string, std::string>& info) const override {
    info.erase(info_key::measured_reason);
    for (auto const& [key, value] : info_) info[key] = value;
  }

 private:
  std::unique_ptr<primary_context> context_;
  reuse_collector collector_;
  std::map<std::string, std::string> info_;
};

}  // namespace

std::unique_ptr<detail::recorder> make_measurer(measure_request const& request) {
  if (auto const wrong = wrong_with(request.waiting_kernels); !wrong.empty()) {
    throw usage_error("waiting_kernels has " + wrong + ": give parts of the names of kernels");
  }
  if (auto const wrong = wrong_with(known_variable_kernels(), request.reuse.variable_kernels);
      !wrong.empty()) {
    throw usage_error("reuse.variable_kernels has " + wrong + ": give parts of the names of kernels");
  }
  refuse_mps(opened_driver(), request.device);
  auto const& cupti = library();
  initialise_profiler(cupti);
  refuse_unsupported(cupti, request.device);
  auto context = std::make_unique<primary_context>(opened_driver(), request.device);
  auto const available = ask_device(cupti, context->get());
  auto const plan_made = plan_of(chip_of(cupti, request.device), requested_metrics(request), available.image);
  auto const& metrics = *plan_made;
  auto const mode = mode_of(request);
  refuse_what_does_not_fit(request, metrics, mode);

  collection_plan plan;
  plan.device = request.device;
  plan.max_ranges = std::max<std::size_t>(1, request.max_ranges);
  plan.evaluate = evaluator(metrics.chip, available.image);
  plan.chip = metrics.chip;
  plan.cupti_version = cupti.version;
  plan.raw = request.raw;
  plan.refused = available.refused;
  plan.scope_depth = request.scope_depth;
  plan.isolate_ranges = request.isolate_ranges;
  plan.waiting_kernels = request.waiting_kernels;
  plan.launches = request.launches;
  plan.all_formats = !request.types.empty() || !requested_metrics(request).metrics.empty();
  if (mode == replay_mode::kernel) {
    plan.replay = CUPTI_KernelReplay;
    plan.groups.push_back(in_one(metrics, available.image));
  } else {
    for (auto const& g : metrics.groups) plan.groups.push_back(group_of(g));
  }
  std::map<std::string, std::string> info;
  info[info_key::chip] = metrics.chip;
  info[info_key::cupti] = fmt::format("{} from {}", version_text(cupti.version), cupti.source);
  info[info_key::replay_mode] = to_string(mode);
  if (request.scope_depth > 0) info[info_key::scope_depth] = std::to_string(request.scope_depth);
  if (mode == replay_mode::reuse) {
    return std::make_unique<reuse_measurer>(cupti, std::move(context), std::move(plan), request.reuse,
                                            std::move(info));
  }
  return std::make_unique<measurer>(cupti, std::move(context), std::move(plan), metrics, std::move(info));
}

}  // namespace flopwatch::collect
