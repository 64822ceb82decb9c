// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/target_path.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "capture/sqlite.hpp"
#include "flopwatch/capture_records.hpp"
#include "flopwatch/error.hpp"
#include "text/printable.hpp"

namespace flopwatch::capture_detail {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;

[[noreturn]] void cannot_write(std::string const& label, std::string const& why, std::string const& remedy) {
  throw capture_error(fmt::format("{} cannot be written ({}); {}.", label, why, remedy));
}

constexpr char const* give_a_file = "give the path of a file, like 'run.flops'";

template <std::size_t N>
std::string first_bytes(fs::path const& file, std::array<char, N> const& /*as_many*/) {
  std::string bytes(N, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(bytes.data(), static_cast<std::streamsize>(N));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// https://www.sqlite.org/fileformat.html: "The Database Header", "The Rollback Journal", "The Write-Ahead
// Log", and https://www.sqlite.org/walformat.html: "The WAL-Index Header".
constexpr std::string_view database_magic{"SQLite format 3\0", 16};
constexpr std::size_t application_id_at = 68;
constexpr std::string_view journal_magic{"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8};

std::uint32_t big_endian(std::string_view four) {
  std::uint32_t value = 0;
  for (char const c : four) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

bool is_side_file_of_sqlite(fs::path const& file, std::string_view suffix) {
  auto const head = first_bytes(file, std::array<char, 8>());
  if (head.size() < 8) return head.empty();
  if (suffix == "-journal") return head == journal_magic || head == std::string(8, '\0');
  if (suffix == "-wal") return (big_endian(head.substr(0, 4)) & ~1U) == 0x377f0682;
  std::uint32_t version = 0;
  std::memcpy(&version, head.data(), sizeof version);
  return version == 3007000 || version == 0;
}

/// \throws capture_error for a link that another user may have put there to lead astray
void check_link(fs::path const& link, std::string const& label) {
  auto const folder = link.parent_path();
  struct stat own {};
  struct stat around {};
  if (lstat(link.c_str(), &own) != 0 || stat(folder.c_str(), &around) != 0) return;
  if (is_shared_folder(folder) && own.st_uid != geteuid() && own.st_uid != around.st_uid) {
    cannot_write(label, fmt::format("'{}' is another user's link in a folder that all share", link.string()),
                 "give another path");
  }
}

fs::path follow_links(fs::path path, std::string const& label) {
  std::error_code ec;
  for (int i = 0; i < most_links && fs::is_symlink(path, ec); ++i) {
    check_link(path, label);
    auto const to = fs::read_symlink(path, ec);
    path = (to.is_absolute() ? to : path.parent_path() / to).lexically_normal();
  }
  if (fs::is_symlink(path, ec)) cannot_write(label, "its links lead round in a circle", "give another path");
  return path;
}

}  // namespace

std::string label_of(fs::path const& path) { return "the capture '" + text::printable(path.string()) + "'"; }

bool is_shared_folder(fs::path const& folder) noexcept {
  struct stat s {};
  return stat(folder.c_str(), &s) == 0 && (s.st_mode & S_ISVTX) != 0 && (s.st_mode & S_IWOTH) != 0;
}

bool holds_capture_or_nothing(fs::path const& file) {
  auto const head = first_bytes(file, std::array<char, 100>());
  if (head.empty()) {
    std::error_code ec;
    return fs::file_size(file, ec) == 0 && !ec;
  }
  return head.size() > application_id_at + 4 && std::string_view(head).starts_with(database_magic) &&
         big_endian(head.substr(application_id_at, 4)) == static_cast<std::uint32_t>(capture_application_id);
}

void check_side_files(fs::path const& database, std::string const& label) {
  for (auto const* suffix : side_files) {
    auto const file = beside(database, suffix);
    std::error_code ec;
    auto const status = fs::symlink_status(file, ec);
    if (!fs::exists(status)) continue;
    if (fs::is_regular_file(status) && is_side_file_of_sqlite(file, suffix)) continue;
    cannot_write(label, fmt::format("'{}' is in the way, which belongs to no capture", file.string()),
                 "move it away or give another path");
  }
}

fs::path resolve_target(fs::path const& path, existing what) {
  auto const label = label_of(path);
  if (path.empty()) cannot_write(label, "the path is empty", give_a_file);
  if (path.native().find('\0') != std::string::npos) {
    cannot_write(label_of(path.native().substr(0, path.native().find('\0'))),
                 "there is a zero byte behind this part of its name", give_a_file);
  }
  std::error_code ec;
  auto const target = follow_links(fs::absolute(path), label);
  auto const status = fs::status(target, ec);
  if (fs::is_directory(status)) cannot_write(label, "it is a folder", give_a_file);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    cannot_write(label, "it is not a regular file", give_a_file);
  }
  auto const folder = target.parent_path();
  if (!fs::is_directory(folder, ec)) {
    cannot_write(label, "there is no folder '" + folder.string() + "'", give_a_file);
  }
  check_side_files(target, label);
  if (!fs::exists(status)) return target;
  if (what == existing::refused) {
    cannot_write(label, "a file is there, and is not to be replaced", "give another path");
  }
  if (access(target.c_str(), W_OK) != 0) {
    cannot_write(label,
                 "the file that is there cannot be replaced: " + std::generic_category().message(errno),
                 "give another path");
  }
  if (!holds_capture_or_nothing(target)) {
    cannot_write(label, "the file that is there is no capture", "give another path, or move that file away");
  }
  return target;
}

}  // namespace flopwatch::capture_detail
