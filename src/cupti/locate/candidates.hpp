// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// \file
/// The copies of CUPTI on this machine, which of them can be called, and which one this process has loaded.
/// For those who do not call it: no header of CUPTI is needed.

namespace flopwatch::cupti {

/// A file of CUPTI, or a place where one was searched.
struct cupti_candidate {
  /// "FLOPWATCH_CUPTI", "in the process", "torch wheel", "triton wheel", "CUDA toolkit" or "the linker"
  std::string source;
  std::string path;           ///< of the file; resolved
  std::string release;        ///< "13.0 or 13.1": as far as its file shows; "" when it is no CUPTI
  std::uint32_t version = 0;  ///< cuptiGetVersion of the loaded one; 0 for the others, which are not asked
  std::string reason;         ///< why it is not used, one clause; "" for the one that is
};

/// Every copy that `library` looks at, in that order; nothing is loaded. \param has_driver a usable driver is
/// there
[[nodiscard]] std::vector<cupti_candidate> find_candidates(bool has_driver);
[[nodiscard]] std::vector<cupti_candidate> find_candidates();  ///< asks the driver

/// "13.0 (130000)" of 130000, "12.6 (24)" of 24, "unknown" of 0.
[[nodiscard]] std::string version_text(std::uint32_t version);

/// What a file shows about the CUPTI in it.
struct file_judgement {
  std::string release;
  std::string reason;    ///< why it must not be used; "" when it can be
  bool too_new = false;  ///< `reason` is that it answers nothing without a driver
};
[[nodiscard]] file_judgement judge_file(std::filesystem::path const& file, bool has_driver);

/// What FLOPWATCH_CUPTI names: the file, or the library in that folder; empty when there is none.
[[nodiscard]] std::filesystem::path library_of(std::filesystem::path const& file_or_folder);

/// The copy of CUPTI that this process uses.
struct loaded_library {
  std::string source;         ///< as cupti_candidate::source
  std::string path;           ///< of the file; resolved
  std::uint32_t version = 0;  ///< cuptiGetVersion
  bool has_driver = false;    ///< a usable driver was there when it was loaded
  std::string passed_over;    ///< a sentence when FLOPWATCH_CUPTI named a copy that could not be used
};

/// Loads CUPTI, unless that was done (api.hpp says how). \throws cupti_error
[[nodiscard]] loaded_library const& load_library();

/// nullptr while none is loaded.
[[nodiscard]] loaded_library const* already_loaded() noexcept;

}  // namespace flopwatch::cupti
