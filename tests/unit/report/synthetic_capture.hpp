// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "flopwatch/capture.hpp"

namespace flopwatch::synthetic {

/// A made-up capture of the attention example: one call, no rule of the user, on CPU.
[[nodiscard]] capture_data attention_capture();

/// Writes it; with `loss` there is a data loss of severity error in it.
void write_capture(std::filesystem::path const& path, capture_data const& c, bool loss = false);

}  // namespace flopwatch::synthetic
