// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/raw_image.hpp"

#include <memory>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "capture/failure.hpp"
#include "capture/records.hpp"
#include "capture/table_reader.hpp"

namespace flopwatch::capture_detail {
namespace {

// The smallest block of zstd has 4 bytes, the largest has 128 KiB of data: a larger stated size is damage.
constexpr std::uint64_t largest_ratio = 128 * 1024 / 4;

// The ranges of an image are one template with few changes, and can be longer than the window of most
// compressors. 2^24 bytes are many ranges, and other programs unpack that without an option.
constexpr std::pair<ZSTD_cParameter, int> parameters[] = {{ZSTD_c_compressionLevel, 3},
                                                          {ZSTD_c_windowLog, 24},
                                                          {ZSTD_c_enableLongDistanceMatching, 1},
                                                          {ZSTD_c_checksumFlag, 1}};

struct free_context {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

struct free_decompressor {
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

constexpr char const* raw_tables[] = {"counter_group", "raw_chunk", "raw_image"};

[[noreturn]] void broken(std::int64_t chunk, std::string const& why) {
  throw damage(fmt::format("the raw image of chunk {} {}", chunk, why));
}

}  // namespace

packed_image pack(std::span<std::uint8_t const> image) {
  packed_image out{"zstd", std::vector<std::uint8_t>(ZSTD_compressBound(image.size()))};
  std::unique_ptr<ZSTD_CCtx, free_context> const context(ZSTD_createCCtx());
  if (context == nullptr) throw std::bad_alloc();
  for (auto const& [parameter, value] : parameters) ZSTD_CCtx_setParameter(context.get(), parameter, value);
  auto const size =
      ZSTD_compress2(context.get(), out.bytes.data(), out.bytes.size(), image.data(), image.size());
  if (ZSTD_isError(size) || size >= image.size()) return {"plain", {image.begin(), image.end()}};
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
  if (encoding == "zlib") {
    throw outdated(fmt::format("has the raw image of chunk {} as an older flopwatch packed it", chunk));
  }
  if (encoding != "zstd") broken(chunk, "has an unknown encoding: '" + encoding + "'");
  if (image_bytes <= 0 || image_bytes > largest_image_bytes || expected / largest_ratio > packed.size()) {
    broken(chunk, "cannot be that large");
  }
  auto const stated = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (stated == ZSTD_CONTENTSIZE_ERROR) broken(chunk, "cannot be decompressed");
  if (stated != expected) broken(chunk, "is not of the size that its chunk says");
  std::unique_ptr<ZSTD_DCtx, free_decompressor> const context(ZSTD_createDCtx());
  if (context == nullptr) throw std::bad_alloc();
  std::vector<std::uint8_t> image;
  image.reserve(expected + image_room);
  image.resize(expected);
  auto const size =
      ZSTD_decompressDCtx(context.get(), image.data(), image.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) && ZSTD_getErrorCode(size) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  if (size != image.size()) broken(chunk, "cannot be decompressed");
  return image;
}

bool has_raw_tables(read_source const& source, closed_mark const& mark) {
  bool all = true;
  for (auto const* table : raw_tables) all = mark.has(source, table) && all;
  return all;
}

void visit_raw_images(read_source const& source, closed_mark const& mark,
                      std::function<bool(raw_chunk_record const&, std::vector<std::uint8_t>&)> const& visit) {
  table_reader images(source, "raw_image", "SELECT * FROM raw_image WHERE chunk = ?");
  table_reader chunks(source, "raw_chunk");
  while (chunks.next()) {
    raw_chunk_record chunk;
    columns(chunks, chunk);
    if (!chunk.kept) continue;
    images.seek(chunk.id);
    if (!images.next()) broken(chunk.id, "is missing");
    std::int64_t id = 0;
    std::string encoding;
    std::vector<std::uint8_t> packed;
    images(id, encoding);
    if (chunk.image_bytes < 0 || chunk.image_bytes > largest_image_bytes)
      broken(chunk.id, "cannot be that large");
    if (encoding == "plain") packed.reserve(static_cast<std::size_t>(chunk.image_bytes) + image_room);
    images(packed);
    auto image = unpack(chunk.id, encoding, std::move(packed), chunk.image_bytes);
    if (!visit(chunk, image)) return;
  }
  mark.check("raw_chunk", chunks.sum());
  mark.check("raw_image", images.sum());
}

}  // namespace flopwatch::capture_detail
