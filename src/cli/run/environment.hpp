// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "inject/run_request.hpp"

namespace flopwatch::cli {

/// What a program's environment needs so that it is recorded.
struct run_environment {
  std::map<std::string, std::string> set;
  std::string reason;  ///< a sentence, where another tool is injected, or the library is missing; else ""
};

/// \param python_start folder of the start-up file of Python programs
[[nodiscard]] run_environment environment_of(inject::run_request const& request,
                                             std::filesystem::path const& python_start);

/// libflopwatch_inject.so: what FLOPWATCH_INJECT names, else beside this program, in the lib folder beside
/// its own, or in the Python package there. Empty when it is nowhere.
[[nodiscard]] std::filesystem::path injected_library();

}  // namespace flopwatch::cli
