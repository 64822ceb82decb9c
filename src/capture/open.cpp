// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/open.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "flopwatch/capture_records.hpp"
#include "text/printable.hpp"

namespace flopwatch::capture_detail {
namespace {

namespace fs = std::filesystem;

// https://www.sqlite.org/fileformat.html, "The Database Header".
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t header_size = 100;
constexpr std::size_t write_version = 18;
constexpr std::size_t read_version = 19;
constexpr unsigned char version_rollback = 1;
constexpr unsigned char version_wal = 2;

[[noreturn]] void not_a_capture(std::string const& label, std::string const& why) {
  throw capture_error(
      fmt::format("{} is not a flopwatch capture ({}); give a file that a session wrote.", label, why));
}

void check_header(std::string_view header, std::string const& label) {
  if (header.empty()) not_a_capture(label, "the file is empty");
  if (header.substr(0, magic.size()) != magic.substr(0, header.size())) {
    not_a_capture(label, "it is not a SQLite database");
  }
  if (header.size() < header_size) throw read_error(label, damage("it ends inside its header"));
}

std::string read_header(fs::path const& path, std::string const& label) {
  std::error_code ec;
  auto const status = fs::status(path, ec);
  auto const refuse = [&](std::string const& why) {
    throw capture_error(fmt::format("{} cannot be read ({}); give the path of a capture.", label, why));
  };
  if (path.empty()) refuse("the path is empty");
  if (status.type() == fs::file_type::not_found) {
    auto const part = unfinished_beside(path);
    if (part.empty()) refuse("there is no such file");
    throw capture_error(fmt::format(
        "{} is not there, but a recording that still runs or ended without being closed is: read '{}'.",
        label, text::printable(part.string())));
  }
  if (fs::is_directory(status)) refuse("it is a folder");
  if (!fs::is_regular_file(status)) refuse(ec ? ec.message() : "it is not a regular file");
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse(std::generic_category().message(errno));
  std::string header(header_size, '\0');
  in.read(header.data(), static_cast<std::streamsize>(header.size()));
  header.resize(static_cast<std::size_t>(in.gcount()));
  check_header(header, label);
  return header;
}

std::string uri_of(fs::path const& path) {
  std::string out = "file:";
  for (char c : fs::absolute(path).string()) {
    bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    out += plain ? std::string(1, c)
                 : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

// The first statement that reads the file, and with it the side files.
void check_identity(sqlite3* db, std::string const& label) {
  auto const id = query_integer(db, "PRAGMA application_id");
  if (id == 0 && query_integer(db, "SELECT count(*) FROM sqlite_schema") == 0) {
    not_a_capture(label,
                  "it is an empty database, as a recording leaves that ended before its tables were there");
  }
  if (id != capture_application_id) {
    not_a_capture(label, "it is another program's SQLite database");
  }
  auto const version = query_integer(db, "PRAGMA user_version");
  if (version > capture_version) {
    throw capture_error(fmt::format(
        "{} was made by a newer flopwatch (capture version {}, this one reads {} to {}); update flopwatch.",
        label, version, oldest_capture_version, capture_version));
  }
  if (version < oldest_capture_version) {
    throw capture_error(
        fmt::format("{} has capture version {}, and this flopwatch reads {} to {}; record again.", label,
                    version, oldest_capture_version, capture_version));
  }
}

/// Opens what `out` says, but for `db`.
opened_capture finish(opened_capture out, connection db, std::string const& label) {
  out.limit = std::make_unique<step_limit>(db.get(), out.bytes);
  out.db = std::move(db);
  prepare_for_reading(out.db.get());
  check_identity(out.db.get(), label);
  need_honest_size({out.db.get(), out.bytes});
  return out;
}

opened_capture of_file(fs::path const& path, scratch_folder scratch = {}) {
  return {std::move(scratch), fs::absolute(path), bytes_in(path), nullptr, nullptr};
}

// A -wal that cannot be read in place (a folder that is read-only) is read from a copy.
opened_capture open_copy(fs::path const& path, std::string const& label) {
  auto scratch = scratch_folder::create();
  auto const copy = scratch.path() / "capture.flops";
  for (auto const* suffix : {"", "-wal", "-journal"}) {
    if (fs::is_regular_file(beside(path, suffix))) fs::copy_file(beside(path, suffix), beside(copy, suffix));
  }
  return finish(of_file(path, std::move(scratch)), open_connection(copy.string(), SQLITE_OPEN_READWRITE),
                label);
}

opened_capture open_beside_leftovers(fs::path const& path, std::string const& label) {
  try {
    return finish(of_file(path), open_connection(fs::absolute(path).string(), SQLITE_OPEN_READONLY), label);
  } catch (sqlite_failure const& in_place) {
    if (in_place.code() != SQLITE_CANTOPEN && in_place.code() != SQLITE_READONLY &&
        in_place.code() != SQLITE_IOERR)
      throw;
    try {
      return open_copy(path, label);
    } catch (std::system_error const&) {
      throw in_place;
    }
  }
}

}  // namespace

scratch_folder scratch_folder::create() {
  auto pattern = (fs::temp_directory_path() / "flopwatch-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category());
  return scratch_folder(pattern);
}

scratch_folder::~scratch_folder() {
  std::error_code ec;
  if (!path_.empty()) fs::remove_all(path_, ec);
}

fs::path unfinished_beside(fs::path const& path) {
  if (path.empty()) return {};
  auto part = beside(path, ".part");
  std::error_code ec;
  return fs::is_regular_file(part, ec) ? part : fs::path();
}

opened_capture open_file(fs::path const& path, std::string const& label) {
  auto const header = read_header(path, label);
  return reading(label, [&] {
    if (fs::exists(beside(path, "-wal")) || fs::exists(beside(path, "-journal"))) {
      return open_beside_leftovers(path, label);
    }
    if (header[read_version] == version_wal) {
      // Written to the end, but never taken out of WAL. Opened plainly, SQLite would make side files.
      return finish(of_file(path),
                    open_connection(uri_of(path) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI),
                    label);
    }
    return finish(of_file(path), open_connection(fs::absolute(path).string(), SQLITE_OPEN_READONLY), label);
  });
}

opened_capture open_bytes(std::vector<unsigned char> const& bytes, std::string const& label) {
  check_header({reinterpret_cast<char const*>(bytes.data()), std::min(bytes.size(), header_size)}, label);
  return reading(label, [&] {
    auto db = open_connection(":memory:", SQLITE_OPEN_READWRITE);
    auto* copy = static_cast<unsigned char*>(sqlite3_malloc64(bytes.size()));
    if (copy == nullptr) throw sqlite_failure(SQLITE_NOMEM, "out of memory");
    std::memcpy(copy, bytes.data(), bytes.size());
    // Memory cannot be in WAL mode; whatever a -wal held is not here anyway.
    if (copy[read_version] == version_wal) copy[write_version] = copy[read_version] = version_rollback;
    auto const size = static_cast<sqlite3_int64>(bytes.size());
    if (sqlite3_deserialize(db.get(), "main", copy, size, size,
                            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
      throw sqlite_failure(db.get());
    }
    return finish({{}, {}, bytes_in_memory(bytes.size()), nullptr, nullptr}, std::move(db), label);
  });
}

}  // namespace flopwatch::capture_detail
