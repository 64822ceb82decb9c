// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "capture/process_name.hpp"

namespace flopwatch::cli {

/// The capture of a run: `given`, else the program's name with .flops. Where a launcher says that this
/// process is one of several, which would write over each other, it has the host and the rank before its
/// ending: "train.node1.3.flops". A name with % tells processes apart itself, and stays.
[[nodiscard]] std::string output_name(std::string const& given, std::string const& program,
                                      process_name const& who);

/// Where the folder of a run is made: beside the file that `output` will be, so that the capture can be moved
/// there. \throws usage_error, before anything has run, where no capture can be put there: see
/// `resolve_target`; and for a pattern that means nothing
[[nodiscard]] std::filesystem::path folder_place(std::string const& output, process_name const& who);

}  // namespace flopwatch::cli
