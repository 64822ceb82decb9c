// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "capture/process_name.hpp"

namespace flopwatch {

/// A path in which `%h` is the host, `%p` the process id, `%r` the rank (the process id where there is none)
/// and `%%` a percent sign, so that each process of a job has a file of its own: "run.%h.%r.flops".
/// \throws usage_error for any other letter after "%", and for a "%" at the end
[[nodiscard]] std::filesystem::path expand_pattern(std::string_view pattern, process_name const& who);

}  // namespace flopwatch
