// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// \file
/// The copies of CUPTI on this machine, and which of them may be called. Nothing here loads or calls one.

namespace flopwatch::cupti {

/// A place where a copy of CUPTI was looked for.
struct found_copy {
  /// "FLOPWATCH_CUPTI", "in the process", "torch wheel", "triton wheel", "CUDA toolkit" or "the linker"
  std::string source;
  std::string path;           ///< of the file; resolved
  std::string release;        ///< "13.0 or 13.1": as far as its file tells; "" when it is no CUPTI
  std::uint32_t version = 0;  ///< cuptiGetVersion of the one that is open; else 0: it was not asked
  std::string trouble;        ///< why it is not used, one clause; "" for the one that is
};

/// Every copy that `opened` would look at, in that order. \param has_driver a usable driver is there
[[nodiscard]] std::vector<found_copy> find_copies(bool has_driver);
[[nodiscard]] std::vector<found_copy> find_copies();  ///< asks the driver

/// "13.0 (130000)" of 130000, "12.6 (24)" of 24, "unknown" of 0.
[[nodiscard]] std::string version_text(std::uint32_t version);

/// What a file tells about the CUPTI in it.
struct file_judgement {
  std::string release;
  std::string trouble;   ///< why it must not be used; "" when it may
  bool too_new = false;  ///< and that is the trouble: it answers nothing without a driver
};
[[nodiscard]] file_judgement judge_file(std::filesystem::path const& file, bool has_driver);

/// Where FLOPWATCH_CUPTI leads: the file, or the library in that folder; empty when there is none.
[[nodiscard]] std::filesystem::path library_of(std::filesystem::path const& file_or_folder);

}  // namespace flopwatch::cupti
