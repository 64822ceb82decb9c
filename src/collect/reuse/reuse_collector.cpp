// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The path that every launch takes.
#include "collect/reuse/reuse_collector.hpp"

#include <thread>
#include <utility>

#include "collect/graph_events.hpp"
#include "cupti/param_words.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::collect {
using namespace cupti;
namespace {

std::atomic<std::uint64_t> last_generation{0};

/// What this thread has in which collector.
struct thread_memory {
  thread_memory() = default;
  thread_memory(thread_memory const&) = delete;
  thread_memory& operator=(thread_memory const&) = delete;
  ~thread_memory() {
    if (in_use) in_use->store(false, std::memory_order_release);
  }
  std::uint64_t generation = 0;
  thread_launches* launches = nullptr;
  std::shared_ptr<std::atomic<bool>> in_use;
};
thread_local thread_memory memory;

/// A thread looks at the clock each time that it has launched so many.
constexpr int launches_between_looks = 64;
/// A key that is split into more parts than these is given up as variable: its parameters are new each time.
constexpr std::int32_t most_parts = 256;

/// What stands for parameters that cannot be read.
constexpr std::uint64_t unknown_parameters = 1;

}  // namespace

reuse_collector::reuse_collector(api const& cupti, driver_api const& driver, collection_plan plan,
                                 reuse_options options, clock_ns clock)
    : cupti_(&cupti),
      driver_(&driver),
      plan_(std::move(plan)),
      options_(std::move(options)),
      clock_(std::move(clock)),
      shared_(plan_.raw, waiting_kernels(plan_.waiting_kernels)),
      generation_(last_generation.fetch_add(1) + 1),
      keys_(static_cast<std::size_t>(options_.most_keys)),
      budget_(options_.budget, static_cast<std::int64_t>(options_.learning_s * 1e9), clock_()),
      random_(options_.seed != 0 ? options_.seed : std::random_device()()),
      audits_(plan_.groups.size()),
      table_(plan_.groups.size(), options_.checks),
      variable_(options_.variable_kernels) {}

reuse_collector::~reuse_collector() {
  if (!process_.is_this()) {
    // In a forked child the threads are the parent's, and their locks are as they were at that moment.
    for (auto& session : sessions_) session.release();
    static_cast<void>(watchdog_.release());
    return;
  }
  watchdog_.reset();
  tracker_.reset();
  for (auto& session : sessions_) {
    if (!session.is_open() || session.context() == nullptr) continue;
    try {
      current_context const current(*driver_, session.context());
      session.close([](measured_range const&) {});
    } catch (error const&) {
      session.close([](measured_range const&) {});  // the context is unusable
    }
  }
}

thread_launches* reuse_collector::this_thread() {
  if (memory.generation == generation_) return memory.launches;
  std::lock_guard const lock(threads_mutex_);
  thread_launches* mine = nullptr;
  for (auto& one : threads_) {
    bool free = false;
    if (one.in_use->compare_exchange_strong(free, true, std::memory_order_acq_rel)) mine = &one;
    if (mine != nullptr) break;
  }
  if (mine == nullptr) {
    mine = &threads_.emplace_back();
    gate_.add(mine->place);
  }
  memory.generation = generation_;
  memory.launches = mine;
  memory.in_use = mine->in_use;
  return mine;
}

std::int64_t reuse_collector::function_of(launch_identity const& identity, seen_launch const& launch) {
  switch (launch.call.kind) {
    case launch_kind::graph:
      // One whose kernels are known is distinguished by them.
      if (auto const known = shared_.graphs.number_of(launch.call.graph);
          known != 0 && shared_.graphs.facts_of(known).works_known) {
        return 0;
      }
      return functions_.number_of_graph(identity.function, launch.context);
    case launch_kind::multi_device:
      return 0;
    case launch_kind::kernel:
      break;
  }
  return functions_.number_of(identity.function, launch.context, launch.kernel);
}

launch_key* reuse_collector::key_of(launch_identity const& identity, seen_launch const& launch) {
  key_identity key;
  auto kernel = kernel_of(shared_, launch);
  if (launch.call.kind == launch_kind::graph) kernel.waits = shared_.graphs.facts_of(kernel.number).waits;
  key.kernel = kernel.number;
  key.function = function_of(identity, launch);
  key.operator_call = keys_.operator_of(identity.operator_call);
  key.attributes = identity.attributes;
  key.parameters = identity.parameters;
  key.grid = identity.grid;
  key.block = identity.block;
  key.shared_bytes = identity.shared_bytes;
  key.by_parameter = identity.parameters != 0;
  bool const splits_at_once = launch.call.kind == launch_kind::kernel && key.operator_call == 0;
  auto* const found = keys_.find_or_add(key, [&](launch_key& made) {
    made.measurable = !kernel.waits && !plan_.groups.empty();
    made.waits = kernel.waits;
    made.split.store(splits_at_once && !key.by_parameter, std::memory_order_relaxed);
    std::lock_guard const lock(table_mutex_);
    made.variable = launch.kernel != nullptr && variable_.has(launch.kernel);
    made.number = table_.add(made.variable);
    if (made.measurable && !made.split.load(std::memory_order_relaxed)) {
      made.armed.store(0, std::memory_order_relaxed);
    } else {
      table_.set_left_out(made.number, true);
    }
  });
  if (found != nullptr) return found;
  without_key_.fetch_add(1, std::memory_order_relaxed);
  key_identity fallback;
  fallback.kernel = key.kernel;
  return keys_.add_fallback(fallback, [&](launch_key& made) {
    made.measurable = false;
    std::lock_guard const lock(table_mutex_);
    made.number = table_.add(false);
    table_.set_left_out(made.number, true);
  });
}

std::uint64_t reuse_collector::parameters_of(launch_key& key, seen_launch const& launch) {
  auto const* layout = key.layout.load(std::memory_order_acquire);
  auto const modules = modules_.load(std::memory_order_acquire);
  if (layout == nullptr && launch.kernel != nullptr &&
      key.layout_sought.exchange(modules, std::memory_order_relaxed) != modules) {
    layout = params_.find(launch.kernel);
    key.layout.store(layout, std::memory_order_release);
  }
  auto const found = hash_of(launch_params{launch.call.parameters, launch.call.extra, layout});
  return found.state == params_state::known && found.hash > unknown_parameters ? found.hash
                                                                               : unknown_parameters;
}

void reuse_collector::module_loaded(std::span<std::byte const> image) noexcept {
  try {
    auto const hash = hash_of_image(image);
    if (!functions_.knows(hash)) functions_.add_names(hash, params_.add(image));
    auto* const mine = memory.generation == generation_ ? memory.launches : nullptr;
    if (!functions_.loaded(hash, mine == nullptr ? nullptr : mine->function)) {
      mine->was_mistaken = true;
      functions_changed();
    }
  } catch (std::exception const&) {
    // Out of memory: parameters of its kernels are not looked at.
  }
  modules_.fetch_add(1, std::memory_order_acq_rel);
}

void reuse_collector::module_unloads(std::span<std::byte const> image) noexcept {
  functions_.unloads(hash_of_image(image));
  functions_changed();
}

launch_count& reuse_collector::add(thread_launches& mine, launch_identity const& identity, std::uint64_t hash,
                                   seen_launch const& launch) {
  return mine.add(identity, hash, *key_of(identity, launch));
}

bool reuse_collector::is_counted(thread_launches& mine, CUcontext context) {
  if (mine.context != context) {
    mine.counted = is_on_device(*cupti_, context, plan_.device, shared_.losses);
    mine.context = context;
    mine.beside = primary_ == nullptr || context != primary_->get();
  }
  return mine.counted.value_or(false);
}

launch_count* reuse_collector::count_of(thread_launches& mine, seen_launch const& launch) {
  if (auto const now = epoch_.load(std::memory_order_acquire); mine.epoch != now) {
    mine.forget();
    mine.epoch = now;
  }
  if (!is_counted(mine, launch.context)) {
    if (mine.counted) elsewhere_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  launch_identity id;
  auto const origin = origin_of_this_thread();
  id.scope = origin.scope;
  id.operator_call = origin.operator_call;
  id.in_phase = origin.in_phase;
  auto const& call = launch.call;
  id.function = call.kind == launch_kind::graph ? static_cast<void const*>(call.graph)
                                                : static_cast<void const*>(call.function);
  id.attributes = call.attributes;
  id.grid = call.grid;
  id.block = call.block;
  id.shared_bytes = call.shared_bytes;
  auto hash = hash_of(id);
  auto* count = mine.find(id, hash);
  if (count == nullptr) count = &add(mine, id, hash, launch);
  if (!count->key->split.load(std::memory_order_relaxed)) return count;
  id.parameters = parameters_of(*count->key, launch);
  hash = hash_of(id);
  if (auto* const part = mine.find(id, hash); part != nullptr) return part;
  auto& part = add(mine, id, hash, launch);
  if (count->key->parts.fetch_add(1, std::memory_order_relaxed) < most_parts) return &part;
  // Its parameters are new each time: they tell nothing.
  std::lock_guard const lock(table_mutex_);
  table_.set_variable(count->key->number);
  table_.set_left_out(count->key->number, false);
  count->key->split.store(false, std::memory_order_relaxed);
  return &part;
}

void reuse_collector::launching(seen_launch const& launch) noexcept {
  thread_launches* mine = nullptr;
  try {
    mine = this_thread();
  } catch (std::exception const& e) {  // out of memory
    shared_.losses.note(loss::counters_failed, 1, e.what());
    return;
  }
  mine->open = nullptr;
  mine->was_captured = false;
  mine->was_mistaken = false;
  mine->function = launch.call.function;
  gate_.enter(mine->place);
  try {
    mine->open = count_of(*mine, launch);
  } catch (std::exception const& e) {
    shared_.losses.note(loss::counters_failed, 1, e.what());
  }
  if (mine->open == nullptr) return;
  mine->open->add(1);
  if (mine->beside) beside_.fetch_add(1, std::memory_order_relaxed);
  if (mine->open->key->armed.load(std::memory_order_relaxed) >= 0) choose(*mine, launch);
  if (--mine->until_look > 0) return;
  mine->until_look = launches_between_looks;
  if (!mine->measures) look();
}

void reuse_collector::passing_by(seen_launch const& launch) noexcept {
  try {
    if (is_counted(*this_thread(), launch.context)) passed_by_.fetch_add(1, std::memory_order_seq_cst);
  } catch (std::exception const& e) {  // out of memory
    shared_.losses.note(loss::counters_failed, 1, e.what());
  }
}

void reuse_collector::count_again(thread_launches& mine, seen_launch const& launch) noexcept {
  try {
    if (auto* const count = count_of(mine, launch)) count->add(1);
  } catch (std::exception const& e) {  // out of memory
    shared_.losses.note(loss::counters_failed, 1, e.what());
  }
}

void reuse_collector::launched(seen_launch const& launch, bool good) noexcept {
  if (memory.generation != generation_) return;
  auto& mine = *memory.launches;
  mine.function = nullptr;
  if (mine.open != nullptr && (!good || mine.was_captured || mine.was_mistaken)) mine.open->add(-1);
  if (mine.measures) measured(mine, good && !mine.was_mistaken);
  if (mine.open != nullptr && good && !mine.was_captured && mine.was_mistaken) count_again(mine, launch);
  gate_.leave(mine.place);
}

std::uint64_t reuse_collector::work_of(seen_launch const& launch) noexcept {
  if (launch.call.kind != launch_kind::kernel) return 0;
  auto const& call = launch.call;
  try {
    launch_identity id;
    auto const function = functions_.number_of(call.function, launch.context, launch.kernel);
    id.attributes = call.attributes;
    id.grid = call.grid;
    id.block = call.block;
    id.shared_bytes = call.shared_bytes;
    auto const work = hash_of(id) ^ static_cast<std::uint64_t>(function) * 0x9E3779B97F4A7C15U;
    return work == 0 ? 1 : work;
  } catch (std::exception const&) {  // out of memory: its handle distinguishes its graph
    return 0;
  }
}

void reuse_collector::captured(seen_launch const& launch, CUgraph graph, CUgraphNode node) noexcept {
  if (memory.generation == generation_) memory.launches->was_captured = true;
  add_captured(shared_, launch, graph, node, work_of(launch));
}

void reuse_collector::graph_changed(graph_event const& event) noexcept {
  switch (event.what) {
    case CUPTI_CBID_RESOURCE_GRAPHEXEC_CREATED:
    case CUPTI_CBID_RESOURCE_GRAPHEXEC_DESTROY_STARTING:
      functions_.forget(event.data.graphExec);
      functions_changed();
      break;
    default:
      break;
  }
  follow_graph(shared_, event);
}

}  // namespace flopwatch::collect
