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

std::atomic<api const*> the_open_one{nullptr};
std::mutex opening;

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

/// \returns nullptr and the linker's own words in `trouble` when the file cannot be loaded
api* load(std::string const& source, fs::path const& file, bool has_driver, std::string& trouble) {
  load_companions(file.parent_path());
  void* const library = dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    char const* const words = dlerror();
    trouble = words == nullptr ? "it cannot be loaded" : words;
    return nullptr;
  }
  auto* const loaded = new api;
#define FLOPWATCH_CUPTI_FIND(name) find(library, #name, loaded->name);
  FLOPWATCH_CUPTI_FUNCTIONS(FLOPWATCH_CUPTI_FIND)
#undef FLOPWATCH_CUPTI_FIND
  loaded->source = source;
  loaded->path = file.string();
  loaded->has_driver = has_driver;
  if (loaded->cuptiGetVersion == nullptr || loaded->cuptiGetVersion(&loaded->version) != CUPTI_SUCCESS) {
    loaded->version = 0;
  }
  return loaded;
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

std::string cannot_use(found_copy const& copy) {
  return copy.source + " names " + copy.path + ", but " + copy.trouble;
}

bool is_users(found_copy const& copy) { return copy.source == "FLOPWATCH_CUPTI"; }

[[noreturn]] void refuse_users(found_copy const& copy, bool has_driver) {
  bool const is_too_old = !copy.release.empty();
  throw cupti_error(cannot_use(copy) + (has_driver ? remedy : remedy_without_driver),
                    is_too_old ? exit_code::no_device : exit_code::usage);
}

api* open_now(bool has_driver) {
  std::string seen;
  std::string passed_over;
  auto const note = [&](found_copy const& copy) {
    seen += (seen.empty() ? " (" : "; ") + copy.path + ": " + copy.trouble;
  };
  auto const finish = [&](api* opened) {
    opened->passed_over = passed_over;
    return opened;
  };
  auto copies = find_copies(has_driver);
  for (auto& copy : copies) {
    if (copy.trouble.empty() || copy.trouble == "another copy is used") {
      copy.trouble.clear();
      if (auto* const opened = load(copy.source, copy.path, has_driver, copy.trouble)) return finish(opened);
    }
    if (is_users(copy)) {
      if (!judge_file(copy.path, has_driver).too_new) refuse_users(copy, has_driver);
      passed_over = cannot_use(copy);
    }
    note(copy);
  }
  if (auto const file = ask_linker(); !file.empty()) {
    found_copy copy{"the linker", file.string(), "", 0, judge_file(file, has_driver).trouble};
    if (copy.trouble.empty()) {
      if (auto* const opened = load(copy.source, file, has_driver, copy.trouble)) return finish(opened);
    }
    note(copy);
  }
  throw cupti_error("no CUPTI that works here was found" + seen + (seen.empty() ? "" : ")") +
                        (has_driver ? remedy : remedy_without_driver),
                    exit_code::no_device);
}

api const& open_once(bool (*has_driver)()) {
  if (auto const* const open = the_open_one.load(std::memory_order_acquire)) return *open;
  bool const driver = has_driver();
  std::lock_guard const lock(opening);
  if (auto const* const open = the_open_one.load(std::memory_order_acquire)) return *open;
  auto const* const opened = open_now(driver);
  the_open_one.store(opened, std::memory_order_release);
  return *opened;
}

}  // namespace

api const& opened() {
  return open_once([] { return detail::cuda_driver().usable; });
}

api const& opened_inside_driver() {
  return open_once([] { return true; });
}

opened_copy const& open_copy() { return opened(); }

opened_copy const* already_opened() noexcept { return the_open_one.load(std::memory_order_acquire); }

}  // namespace flopwatch::cupti
