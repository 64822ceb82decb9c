// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "flopwatch/capture.hpp"
#include "recording/scope_tree.hpp"

/// \file
/// The NVTX ranges of scopes: domain "flopwatch", message `<module path>|<type>|<call>|<phase>`, in which
/// `|` and `\` of the parts are escaped by `\`. Nsight shows them, and a recording that sees nothing but
/// NVTX rebuilds the scope tree from them.

namespace flopwatch::detail::nvtx {

/// True when a tool receives NVTX ranges in this process. The first call starts NVTX.
[[nodiscard]] bool attached() noexcept;

/// \returns true when a range was pushed, which `pop` on the same thread must take back
bool push(scope_node const& node);
/// The same for a scope that no recording knows: a module is then "(Type)", below the range around it.
bool push(scope_label const& label);
void pop() noexcept;

/// The message of a range.
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
