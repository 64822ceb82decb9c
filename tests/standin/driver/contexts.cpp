// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/contexts.hpp"

#include <algorithm>
#include <utility>

#include <cupti_callbacks.h>

/// \file
/// Contexts, and which of them is current to which thread.

namespace standin {
namespace {

std::mutex registry_mutex;
std::vector<CUcontext>& registry() {
  static auto& all = *new std::vector<CUcontext>;
  return all;
}
/// A reset makes the stacks of all threads empty; each finds out by the number when it next looks.
std::atomic<int> epoch{0};
struct thread_stack {
  int epoch = 0;
  std::vector<CUcontext> contexts;
};

std::vector<CUcontext>& stack() {
  thread_local thread_stack mine;
  int const now = epoch.load(std::memory_order_relaxed);
  if (mine.epoch != now) {
    mine.epoch = now;
    mine.contexts.clear();
  }
  return mine.contexts;
}

}  // namespace

void announce_current(std::uint32_t cbid, CUcontext context) {
  push_current(context);
  announce(cbid, context);
  auto& mine = stack();
  auto const found = std::find(mine.rbegin(), mine.rend(), context);
  if (found != mine.rend()) mine.erase(std::next(found).base());
}

CUcontext make_context(int device, unsigned flags, bool primary) {
  auto* const context = keep(std::make_unique<CUctx_st>());
  context->device = device;
  context->flags = flags;
  context->primary = primary;
  {
    std::lock_guard const lock(registry_mutex);
    registry().push_back(context);
    context->uid = static_cast<std::uint32_t>(registry().size());
  }
  return context;
}

void end_context(CUcontext context) {
  announce_current(CUPTI_CBID_RESOURCE_CONTEXT_DESTROY_STARTING, context);
  context->alive = false;
  if (auto const* const cupti = hooks()) cupti->context_gone(*context);
}

CUcontext current() {
  auto const& mine = stack();
  return mine.empty() ? nullptr : mine.back();
}

context_info* info(CUcontext context) {
  std::lock_guard const lock(registry_mutex);
  auto const& all = registry();
  return std::find(all.begin(), all.end(), context) == all.end() ? nullptr : context;
}

bool alive(CUcontext context) {
  auto const* const known = info(context);
  return known != nullptr && known->alive;
}

void push_current(CUcontext context) { stack().push_back(context); }

CUcontext pop_current() {
  auto& mine = stack();
  if (mine.empty()) return nullptr;
  auto* const top = mine.back();
  mine.pop_back();
  return top;
}

void set_current(CUcontext context) {
  pop_current();
  if (context != nullptr) push_current(context);
}

void forget_contexts() {
  std::lock_guard const lock(registry_mutex);
  for (auto* const context : registry()) {
    context->alive = false;
    context->profiler = nullptr;
  }
  ++epoch;
  forget_primary_contexts();
}

}  // namespace standin
