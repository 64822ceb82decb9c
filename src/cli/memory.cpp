// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/memory.hpp"

#include <new>
#include <string_view>
#include <unistd.h>

#include "flopwatch/error.hpp"

namespace flopwatch::cli {
namespace {

[[noreturn]] void end() {
  constexpr std::string_view message =
      "flopwatch: out of memory; free some memory, or raise the limit on it (ulimit -v)\n";
  [[maybe_unused]] auto const written = write(STDERR_FILENO, message.data(), message.size());
  _exit(static_cast<int>(exit_code::usage));
}

}  // namespace

void end_when_out_of_memory() noexcept { std::set_new_handler(end); }

}  // namespace flopwatch::cli
