// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/raw_image.hpp"

#include <zlib.h>

#include <fmt/format.h>

#include "capture/records.hpp"
#include "capture/table_reader.hpp"

namespace flopwatch::capture_detail {
namespace {

// zlib cannot make data smaller than this; a larger claim would have us allocate for nothing.
constexpr std::uint64_t largest_ratio = 1040;

constexpr char const* tables[] = {"counter_group", "raw_chunk", "raw_image"};

[[noreturn]] void broken(std::int64_t chunk, std::string const& why) {
  throw damage(fmt::format("the raw image of chunk {} {}", chunk, why));
}

}  // namespace

packed_image pack(std::span<std::uint8_t const> image) {
  auto size = compressBound(static_cast<uLong>(image.size()));
  packed_image out{"zlib", std::vector<std::uint8_t>(size)};
  int const rc = compress2(out.bytes.data(), &size, image.data(), static_cast<uLong>(image.size()), 1);
  if (rc != Z_OK || size >= image.size()) return {"plain", {image.begin(), image.end()}};
  out.bytes.resize(size);
  return out;
}

std::vector<std::uint8_t> unpack(std::int64_t chunk, std::string const& encoding,
                                 std::vector<std::uint8_t> packed, std::int64_t image_bytes) {
  auto const expected = static_cast<std::uint64_t>(image_bytes);
  if (encoding == "plain") {
    if (packed.size() != expected) broken(chunk, "is not of the size that its chunk says");
    return packed;
  }
  if (encoding != "zlib") broken(chunk, "has an encoding that is none: '" + encoding + "'");
  if (image_bytes <= 0 || expected / largest_ratio > packed.size()) broken(chunk, "cannot be that large");
  std::vector<std::uint8_t> image(expected);
  auto size = static_cast<uLong>(image.size());
  if (uncompress(image.data(), &size, packed.data(), static_cast<uLong>(packed.size())) != Z_OK ||
      size != image.size()) {
    broken(chunk, "cannot be decompressed");
  }
  return image;
}

bool has_raw_tables(sqlite3* db, closed_mark const& mark) {
  bool all = true;
  for (auto const* table : tables) {
    auto const sql =
        fmt::format("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '{}'", table);
    if (query_integer(db, sql) != 0) continue;
    if (mark.knows(table)) throw damage(fmt::format("table {} is missing", table));
    all = false;
  }
  return all;
}

void visit_raw_images(
    sqlite3* db, closed_mark const& mark,
    std::function<bool(raw_chunk_record const&, std::vector<std::uint8_t> const&)> const& visit) {
  table_reader images(db, "raw_image", "SELECT * FROM raw_image WHERE chunk = ?");
  table_reader chunks(db, "raw_chunk");
  while (chunks.next()) {
    raw_chunk_record chunk;
    columns(chunks, chunk);
    if (!chunk.kept) continue;
    images.seek(chunk.id);
    if (!images.next()) broken(chunk.id, "is missing");
    std::int64_t id = 0;
    std::string encoding;
    std::vector<std::uint8_t> packed;
    images(id, encoding, packed);
    if (!visit(chunk, unpack(chunk.id, encoding, std::move(packed), chunk.image_bytes))) return;
  }
  mark.check("raw_chunk", chunks.sum());
  mark.check("raw_image", images.sum());
}

}  // namespace flopwatch::capture_detail
