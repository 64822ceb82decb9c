// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "import/byte_source.hpp"
#include "import/capture_sink.hpp"

namespace flopwatch::importing {

/// Reads an SQLite export of Nsight Systems: its kernels, launched and not measured, in the ranges of NVTX
/// that were open on the launching thread. The file is opened read-only, and nothing in it is run. \throws
/// usage_error for a database without such tables
void import_nsys(std::filesystem::path const& database, capture_sink& sink, std::string const& label);

/// The same for bytes that are not a file (unpacked ones): they are put into a temporary file first.
void import_nsys(byte_source& from, capture_sink& sink, std::string const& label);

}  // namespace flopwatch::importing
