// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flopwatch::cupti {

/// A libcupti file and the reason why it was looked at.
struct place {
  std::string source;  ///< as found_copy::source
  std::filesystem::path file;
};

/// The libcupti files on this machine, best first, each once and resolved; files alone, nothing is run.
/// FLOPWATCH_CUPTI is not among them.
[[nodiscard]] std::vector<place> places();

/// The libcupti files in a folder, resolved, newest name first.
[[nodiscard]] std::vector<std::filesystem::path> libraries_in(std::filesystem::path const& folder);

}  // namespace flopwatch::cupti
