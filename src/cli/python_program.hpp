// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace flopwatch::cli {

/// Runs a module of the Python package as `python3 -m MODULE ARGUMENTS` would, with the python3 next to this
/// program, otherwise with that on PATH: the first that has the package. \return how it ended, 128 and the
/// signal where one ended it. \throws usage_error where no such Python has the package
[[nodiscard]] int run_python_module(std::string const& module, std::vector<std::string> const& arguments);

}  // namespace flopwatch::cli
