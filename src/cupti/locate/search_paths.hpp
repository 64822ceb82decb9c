// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flopwatch::cupti {

/// A libcupti file and the place where it was found.
struct search_path {
  std::string source;  ///< as cupti_candidate::source
  std::filesystem::path file;
};

/// The libcupti files on this machine, best first, each once and resolved; files alone, nothing is run.
/// Without that of FLOPWATCH_CUPTI.
[[nodiscard]] std::vector<search_path> search_paths();

/// The libcupti files in a folder, resolved, newest name first.
[[nodiscard]] std::vector<std::filesystem::path> libraries_in(std::filesystem::path const& folder);

}  // namespace flopwatch::cupti
