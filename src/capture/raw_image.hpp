// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "capture/mark.hpp"
#include "flopwatch/capture_records.hpp"

/// \file
/// Raw counter data images in a capture. An image has room for as many ranges as a chunk may have, so most
/// of it is often empty, and its ranges are much alike: zstd makes it small, and its checksum also protects a
/// capture that was not closed.

namespace flopwatch::capture_detail {

/// The largest image that a capture keeps: so much memory an image takes when it is read, whatever the file
/// says. An image of 64 ranges, the default, takes 12 MB on an H200 (185 kB a range); this has room for 2,900
/// ranges.
inline constexpr std::int64_t largest_image_bytes = std::int64_t{512} << 20;

/// An image that is read has room for so many bytes more, so that a reader can put zeros behind it without a
/// copy.
inline constexpr std::size_t image_room = 65'536;

struct packed_image {
  std::string_view encoding;  ///< "zstd", or "plain" where zstd makes nothing smaller
  std::vector<std::uint8_t> bytes;
};
[[nodiscard]] packed_image pack(std::span<std::uint8_t const> image);

/// \param image_bytes the size that the image must have; at most `largest_image_bytes`
/// \throws damage naming the chunk, outdated for one that was packed before capture version 3
[[nodiscard]] std::vector<std::uint8_t> unpack(std::int64_t chunk, std::string const& encoding,
                                               std::vector<std::uint8_t> packed, std::int64_t image_bytes);

/// False for a capture that is older than these tables. \throws damage when it had them and lost one
[[nodiscard]] bool has_raw_tables(read_source const& source, closed_mark const& mark);

/// Kept images with their chunks, by id. One image at a time is in memory.
void visit_raw_images(read_source const& source, closed_mark const& mark,
                      std::function<bool(raw_chunk_record const&, std::vector<std::uint8_t>&)> const& visit);

}  // namespace flopwatch::capture_detail
