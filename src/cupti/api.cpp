// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/api.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <link.h>
#include <mutex>

#include "cupti/driver.hpp"
#include "cupti/locate/candidates.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cupti {
namespace {

namespace fs = std::filesystem;

constexpr auto remedy =
    "; install one with `pip install nvidia-cuda-cupti==13.0.85`, or set FLOPWATCH_CUPTI to the libcupti of "
    "CUDA 12.6 update 2 or newer";
constexpr auto remedy_without_driver =
    "; install one with `pip install nvidia-cuda-cupti==13.0.85`, or set FLOPWATCH_CUPTI to a libcupti from "
    "12.6.80 to 13.1, the ones that work without a driver";

std::atomic<api const*> process_library{nullptr};
std::mutex loading;

template <class Function>
void find(void* library, char const* name, Function*& into) {
  into = reinterpret_cast<Function*>(dlsym(library, name));
}

/// CUPTI looks for these by bare name, and would mix in another toolkit's.
void load_companions(fs::path const& folder) {
  for (auto const* name : {"libnvperf_host.so", "libnvperf_target.so"}) {
    auto const file = folder / name;
    std::error_code failed;
    if (fs::exists(file, failed)) dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  }
}

/// \returns nullptr when the file cannot be loaded, with the linker's own words in `reason`
api* load(std::string const& source, fs::path const& file, bool has_driver, std::string& reason) {
  load_companions(file.parent_path());
  void* const library = dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    char const* const words = dlerror();
    reason = words == nullptr ? "it cannot be loaded" : words;
    return nullptr;
  }
  auto* const out = new api;
#define FLOPWATCH_CUPTI_FIND(name) find(library, #name, out->name);
  FLOPWATCH_CUPTI_FUNCTIONS(FLOPWATCH_CUPTI_FIND)
#undef FLOPWATCH_CUPTI_FIND
  out->source = source;
  out->path = file.string();
  out->has_driver = has_driver;
  if (out->cuptiGetVersion == nullptr || out->cuptiGetVersion(&out->version) != CUPTI_SUCCESS) {
    out->version = 0;
  }
  return out;
}

/// What only the linker knows: its cache, and the paths that programs carry.
fs::path ask_linker() {
  for (auto const* name : {"libcupti.so.13", "libcupti.so.12", "libcupti.so"}) {
    void* const library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    link_map* map = nullptr;
    if (library != nullptr && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0) return map->l_name;
  }
  return {};
}

std::string cannot_use(cupti_candidate const& copy) {
  return copy.source + " names " + copy.path + ", but " + copy.reason;
}

bool is_users(cupti_candidate const& copy) { return copy.source == "FLOPWATCH_CUPTI"; }

[[noreturn]] void refuse_users(cupti_candidate const& copy, bool has_driver) {
  bool const is_too_old = !copy.release.empty();
  throw cupti_error(cannot_use(copy) + (has_driver ? remedy : remedy_without_driver),
                    is_too_old ? exit_code::no_device : exit_code::usage);
}

api* load_best(bool has_driver) {
  std::string seen;
  std::string passed_over;
  auto const note = [&](cupti_candidate const& copy) {
    seen += (seen.empty() ? " (" : "; ") + copy.path + ": " + copy.reason;
  };
  auto const finish = [&](api* found) {
    found->passed_over = passed_over;
    return found;
  };
  auto copies = find_candidates(has_driver);
  for (auto& copy : copies) {
    if (copy.reason.empty() || copy.reason == "another copy is used") {
      copy.reason.clear();
      if (auto* const found = load(copy.source, copy.path, has_driver, copy.reason)) return finish(found);
    }
    if (is_users(copy)) {
      if (!judge_file(copy.path, has_driver).too_new) refuse_users(copy, has_driver);
      passed_over = cannot_use(copy);
    }
    note(copy);
  }
  if (auto const file = ask_linker(); !file.empty()) {
    cupti_candidate copy{"the linker", file.string(), "", 0, judge_file(file, has_driver).reason};
    if (copy.reason.empty()) {
      if (auto* const found = load(copy.source, file, has_driver, copy.reason)) return finish(found);
    }
    note(copy);
  }
  throw cupti_error("no CUPTI that works here was found" + seen + (seen.empty() ? "" : ")") +
                        (has_driver ? remedy : remedy_without_driver),
                    exit_code::no_device);
}

}  // namespace

api const& library() {
  if (auto const* const known = process_library.load(std::memory_order_acquire)) return *known;
  return library(detail::cuda_driver().usable);
}

api const& library(bool has_driver) {
  std::lock_guard const lock(loading);
  if (auto const* const known = process_library.load(std::memory_order_acquire)) return *known;
  auto const* const first = load_best(has_driver);
  process_library.store(first, std::memory_order_release);
  return *first;
}

loaded_library const& load_library() { return library(); }

loaded_library const* already_loaded() noexcept { return process_library.load(std::memory_order_acquire); }

}  // namespace flopwatch::cupti
