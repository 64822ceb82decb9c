// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/raw_keeper.hpp"

#include <type_traits>
#include <vector>

#include "capture/synthetic_image.hpp"

namespace flopwatch::collect {
using namespace cupti;

void raw_keeper::add(raw_chunk_record chunk, std::span<std::uint8_t const> image) {
  std::lock_guard const lock(mutex_);
  chunk.id = ++count_;
  chunk.image_bytes = static_cast<std::int64_t>(image.size());
  chunk.kept = policy_.keep(chunk.plan, chunk.metric_group, chunk.lossy, chunk.image_bytes);
  synthetic_ = synthetic_ || is_synthetic(image);
  if (chunk.kept) images_.write(image.data(), image.size());
  chunks_.write(&chunk, sizeof chunk);
}

void raw_keeper::write(capture_writer& writer) {
  static_assert(std::is_trivially_copyable_v<raw_chunk_record>);
  std::vector<std::uint8_t> image;
  if (empty()) return;
  chunks_.read_from(0);
  images_.read_from(0);
  for (std::int64_t i = 0; i < count_; ++i) {
    raw_chunk_record chunk;
    chunks_.read(&chunk, sizeof chunk);
    image.resize(chunk.kept ? static_cast<std::size_t>(chunk.image_bytes) : 0);
    images_.read(image.data(), image.size());
    writer.add(chunk, image);
  }
}

}  // namespace flopwatch::collect
