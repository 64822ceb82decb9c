// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/recorder.hpp"

#include <algorithm>
#include <mutex>

namespace flopwatch::detail {
namespace {

std::mutex recorders_mutex;

std::vector<recorder*>& recorders() {
  static auto* const all = new std::vector<recorder*>;  // a session may outlive other statics
  return *all;
}

}  // namespace

void register_recorder(recorder& r) {
  std::lock_guard const lock(recorders_mutex);
  auto& all = recorders();
  if (std::find(all.begin(), all.end(), &r) == all.end()) all.push_back(&r);
}

std::vector<recorder*> registered_recorders() {
  std::lock_guard const lock(recorders_mutex);
  return recorders();
}

}  // namespace flopwatch::detail
