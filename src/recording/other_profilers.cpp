// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/other_profilers.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <istream>
#include <mutex>
#include <utility>
#include <vector>

namespace flopwatch::detail {
namespace {

/// Libraries that a tool puts into the programs that it starts, by the beginnings of their names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> libraries{{
    {"libToolsInjection", "Nsight Systems"},
    {"libcuda-injection", "Nsight Compute"},
    {"libsanitizer-collection", "compute-sanitizer"},
    {"libcudadebugger", "cuda-gdb"},
    {"libscorep_adapter_cuda", "Score-P"},
    {"libhpcrun", "HPCToolkit"},
}};

struct known {
  std::mutex mutex;
  std::vector<profiler_probe> probes;
  std::set<std::string> met;
};

known& all() {
  static auto& one = *new known;  // outlives every session
  return one;
}

}  // namespace

void register_profiler_probe(profiler_probe probe) {
  std::lock_guard const lock(all().mutex);
  auto& probes = all().probes;
  if (std::find(probes.begin(), probes.end(), probe) == probes.end()) probes.push_back(probe);
}

void saw_profiler(std::string_view name) noexcept {
  try {
    std::lock_guard const lock(all().mutex);
    all().met.emplace(name);
  } catch (...) {  // out of memory
  }
}

void meet_profilers() noexcept {
  try {
    std::lock_guard const lock(all().mutex);
    for (auto const probe : all().probes) {
      if (auto const* const name = probe()) all().met.emplace(name);
    }
  } catch (...) {  // out of memory
  }
}

void forget_met_profilers() noexcept {
  std::lock_guard const lock(all().mutex);
  all().met.clear();
}

std::set<std::string> profilers_loaded(std::istream& maps) {
  std::set<std::string> out;
  for (std::string line; std::getline(maps, line);) {
    auto const slash = line.rfind('/');
    if (slash == std::string::npos) continue;
    auto const file = std::string_view(line).substr(slash + 1);
    for (auto const& [library, tool] : libraries) {
      if (file.starts_with(library)) out.emplace(tool);
    }
  }
  return out;
}

std::set<std::string> other_profilers() {
  std::ifstream maps("/proc/self/maps");
  auto out = profilers_loaded(maps);
  std::lock_guard const lock(all().mutex);
  out.merge(std::exchange(all().met, {}));
  for (auto const probe : all().probes) {
    if (auto const* const name = probe()) out.emplace(name);
  }
  return out;
}

}  // namespace flopwatch::detail
