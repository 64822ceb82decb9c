// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/put_aside.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "capture/sqlite.hpp"
#include "capture/target_path.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::capture_detail {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot_put(fs::path const& target, std::string const& why, char const* remedy) {
  throw capture_error(fmt::format("{} cannot be written ({}); {}.", label_of(target), why, remedy));
}

[[noreturn]] void cannot_put_with_errno(fs::path const& target) {
  cannot_put(target, std::generic_category().message(errno), "give a path in a folder that you may write to");
}

fs::path move_to_free_name(fs::path const& from, fs::path const& target) {
  for (int n = 1; n < 10000; ++n) {
    auto to = target;
    to += n == 1 ? ".unfinished" : ".unfinished-" + std::to_string(n);
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return to;
    if (errno == EEXIST) continue;
    if (errno != EINVAL && errno != ENOSYS) cannot_put_with_errno(target);
    if (fs::exists(to)) continue;  // a file system that cannot do both at once
    if (std::rename(from.c_str(), to.c_str()) == 0) return to;
    cannot_put_with_errno(target);
  }
  cannot_put(target, "too many unfinished recordings are next to it", "move them away");
}

}  // namespace

fs::path put_aside(fs::path const& part, fs::path const& target) {
  auto to = move_to_free_name(part, target);
  std::error_code ignored;
  for (auto const* suffix : side_files) {
    if (std::string_view(suffix) != "-shm" && fs::exists(beside(part, suffix), ignored)) {
      fs::rename(beside(part, suffix), beside(to, suffix), ignored);
    }
  }
  return to;
}

}  // namespace flopwatch::capture_detail
