// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "flopwatch/capture.hpp"

namespace flopwatch::test {

/// Products of the attention example: 640 tokens, dimension 768, 12 heads.
namespace attention_macs {
inline constexpr std::int64_t qkv = 640LL * 768 * 2304;
inline constexpr std::int64_t proj = 640LL * 768 * 768;
inline constexpr std::int64_t one_product = 640LL * 640 * 768;
}  // namespace attention_macs

/// A made-up capture of the attention example: one call, no rule of the user, on CPU.
[[nodiscard]] capture_data attention_capture();

/// Writes it; with `loss` there is a data loss of severity error in it.
void write_capture(std::filesystem::path const& path, capture_data const& c, bool loss = false);

}  // namespace flopwatch::test
