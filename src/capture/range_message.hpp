// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "flopwatch/capture_records.hpp"

/// \file
/// The messages of the NVTX ranges of scopes: `<module path>|<type>|<call>|<phase>`, in which `|` and `\` of
/// the parts are escaped by `\`. Needs no NVTX.

namespace flopwatch::detail::nvtx {

/// The domain of these ranges.
inline constexpr std::string_view domain_name = "flopwatch";

[[nodiscard]] std::string message(std::string_view path, std::string_view type, std::int64_t call,
                                  phase in_phase);

/// What a message says.
struct range {
  std::string path;
  std::string type;
  std::int64_t call = 1;
  phase in_phase = phase::forward;
};

/// Reads a message back. \returns false for text that `message` never makes
bool parse(std::string_view text, range& out);

}  // namespace flopwatch::detail::nvtx
