// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "capture/open.hpp"
#include "flopwatch/error.hpp"
#include "text/printable.hpp"

namespace flopwatch::cli {
namespace {

signal_setting before = SIG_DFL;

}  // namespace

void see_closed_pipes() { before = std::signal(SIGPIPE, SIG_IGN); }

signal_setting inherited_sigpipe() noexcept { return before; }

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return;
  if (errno == EPIPE) return;
  throw usage_error(std::string("standard output cannot be written: ") + std::strerror(errno));
}

void note(std::string_view text) { std::fprintf(stderr, "flopwatch: %s\n", text::printable(text).c_str()); }

void note_unfinished_beside(std::string const& file) {
  auto const part = capture_detail::unfinished_beside(file);
  if (part.empty()) return;
  note(fmt::format(
      "next to '{}', which is shown, is a recording that still runs or ended without being closed: '{}'",
      file, part.string()));
}

}  // namespace flopwatch::cli
