// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/run/environment.hpp"

#include <cstdlib>
#include <string_view>
#include <system_error>

namespace flopwatch::cli {
namespace {

namespace fs = std::filesystem;

constexpr char const* library_name = "libflopwatch_inject.so";
constexpr char const* cuda_variable = "CUDA_INJECTION64_PATH";
constexpr char const* nvtx_variable = "NVTX_INJECTION64_PATH";

std::string value_of(char const* name) {
  auto const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_ours(std::string const& path) { return fs::path(path).filename() == library_name; }

/// The variable that another tool has set; null when none has.
char const* taken() {
  for (auto const* const name : {cuda_variable, nvtx_variable}) {
    if (auto const value = value_of(name); !value.empty() && !is_ours(value)) return name;
  }
  return nullptr;
}

}  // namespace

fs::path injected_library() {
  if (auto const named = value_of("FLOPWATCH_INJECT"); !named.empty()) return fs::absolute(named);
  std::error_code failed;
  auto const folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
  auto const lib = folder.parent_path() / "lib";
  for (auto const& place : {folder / library_name, lib / library_name}) {
    if (fs::exists(place, failed)) return place;
  }
  for (auto const& python : fs::directory_iterator(lib, failed)) {  // the package of an environment
    auto place = python.path() / "site-packages" / "flopwatch" / library_name;
    if (fs::exists(place, failed)) return place;
  }
  return {};
}

run_environment environment_of(inject::run_request const& request, fs::path const& python_start) {
  run_environment out;
  if (auto const* const name = taken()) {
    out.reason = std::string(name) + " names " + value_of(name) +
                 ": another tool is injected into CUDA programs here, and the program is left to it; unset "
                 "the variable to record launches";
    return out;
  }
  out.set[inject::request_variable] = to_json(request);
  auto const paths = value_of("PYTHONPATH");
  out.set["PYTHONPATH"] = python_start.string() + (paths.empty() ? "" : ":" + paths);
  auto const library = injected_library();
  if (library.empty()) {
    out.reason = std::string(library_name) +
                 " is not beside this program, so that launches are not seen: install flopwatch again, or "
                 "name the file in FLOPWATCH_INJECT";
    return out;
  }
  out.set[cuda_variable] = out.set[nvtx_variable] = library.string();
  return out;
}

}  // namespace flopwatch::cli
