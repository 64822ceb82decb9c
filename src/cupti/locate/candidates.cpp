// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/locate/candidates.hpp"

#include <cstdlib>
#include <system_error>

#include "cupti/driver.hpp"
#include "cupti/locate/elf_exports.hpp"
#include "cupti/locate/search_paths.hpp"

namespace flopwatch::cupti {
namespace {

/// The release, by what each one was the first to export.
std::string release_of(elf_exports const& exports) {
  if (!exports.has("cuptiRangeProfilerEnable")) return "older than 12.6.80";
  if (exports.has("cuptiClockControlLock")) return "13.4 or newer";
  if (exports.has("cuptiRangeProfilerGetDevicePartitionInfo")) return "13.3";
  if (exports.has("cuptiProfilerHostGetSinglePassSets") || exports.has("cuptiGetEnabledCallbacks")) {
    return "13.2";
  }
  if (exports.has("cuptiSubscribe_v2")) return "13.0 or 13.1";
  return exports.has("cuptiActivityEnableHWTrace") ? "12.8 or 12.9" : "12.6";
}

bool needs_driver(elf_exports const& exports) {
  return exports.has("cuptiProfilerHostGetSinglePassSets") || exports.has("cuptiGetEnabledCallbacks") ||
         exports.has("cuptiClockControlLock");
}

cupti_candidate judged(std::string source, std::filesystem::path const& file, bool has_driver) {
  auto judgement = judge_file(file, has_driver);
  return {std::move(source), file.string(), std::move(judgement.release), 0, std::move(judgement.reason)};
}

}  // namespace

file_judgement judge_file(std::filesystem::path const& file, bool has_driver) {
  auto const exports = elf_exports::read(file);
  if (!exports || !exports->has("cuptiGetVersion")) return {"", "it is no CUPTI library", false};
  file_judgement out{release_of(*exports), "", false};
  if (!exports->has("cuptiRangeProfilerEnable")) {
    out.reason =
        "it is too old: it has no range profiler (12.6.80, of CUDA 12.6 update 2, is the first with one)";
  } else if (!has_driver && needs_driver(*exports)) {
    out.reason = "it is too new for a machine without a driver: CUPTI 13.2 and newer answer nothing there";
    out.too_new = true;
  }
  return out;
}

std::filesystem::path library_of(std::filesystem::path const& file_or_folder) {
  std::error_code failed;
  if (std::filesystem::is_directory(file_or_folder, failed)) {
    auto const libraries = libraries_in(file_or_folder);
    return libraries.empty() ? std::filesystem::path() : libraries.front();
  }
  auto const real = std::filesystem::canonical(file_or_folder, failed);
  return failed ? std::filesystem::path() : real;
}

std::vector<cupti_candidate> find_candidates(bool has_driver) {
  std::vector<cupti_candidate> out;
  bool mandatory = false;
  if (char const* const given = std::getenv("FLOPWATCH_CUPTI"); given != nullptr && *given != '\0') {
    auto const file = library_of(given);
    if (file.empty()) {
      out.push_back({"FLOPWATCH_CUPTI", given, "", 0, "there is no such file"});
    } else {
      out.push_back(judged("FLOPWATCH_CUPTI", file, has_driver));
    }
    mandatory = !out.front().reason.empty() && !judge_file(out.front().path, has_driver).too_new;
  }
  for (auto const& path : search_paths()) {
    if (!out.empty() && out.front().path == path.file) continue;
    out.push_back(judged(path.source, path.file, has_driver));
    if (mandatory && out.back().reason.empty()) out.back().reason = "FLOPWATCH_CUPTI names another one";
  }
  auto const* const used = already_loaded();
  bool chosen = false;
  for (auto& copy : out) {
    if (used != nullptr && copy.path == used->path) copy.version = used->version;
    if (!copy.reason.empty()) continue;
    bool const is_used = used != nullptr && copy.path == used->path;
    if (used == nullptr ? chosen : !is_used) copy.reason = "another copy is used";
    chosen = true;
  }
  return out;
}

std::vector<cupti_candidate> find_candidates() { return find_candidates(detail::cuda_driver().usable); }

std::string version_text(std::uint32_t version) {
  std::string release;
  if (version >= 130000) {
    release = std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100);
  } else if (version >= 28) {
    release = "12.9 update 1";
  } else if (version >= 27) {
    release = "12.9";
  } else if (version >= 26) {
    release = "12.8";
  } else if (version >= 24) {
    release = "12.6";
  } else {
    return version == 0 ? "unknown" : "older than 12.6 (" + std::to_string(version) + ")";
  }
  return release + " (" + std::to_string(version) + ")";
}

}  // namespace flopwatch::cupti
