// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/raw_keeper.hpp"

#include <exception>
#include <type_traits>
#include <vector>

#include "capture/synthetic_image.hpp"

namespace flopwatch::collect {
using namespace cupti;

bool raw_keeper::add(raw_chunk_record chunk, std::span<std::uint8_t const> image) {
  std::lock_guard const lock(mutex_);
  chunks_.make_room(sizeof chunk);  // before anything says that there is one more
  chunk.id = ++count_;
  chunk.image_bytes = static_cast<std::int64_t>(image.size());
  chunk.kept = policy_.keep(chunk.plan, chunk.metric_group, chunk.lossy, chunk.image_bytes);
  synthetic_ = synthetic_ || is_synthetic(image);
  if (chunk.kept) {
    try {
      images_.write({image.begin(), image.end()});
    } catch (std::exception const& e) {  // no memory, or no thread
      chunk.kept = false;
      failure_ = e.what();
      ++lost_;
    }
  }
  chunks_.write(&chunk, sizeof chunk);
  return chunk.kept;
}

std::int64_t raw_keeper::write(capture_writer& writer) {
  static_assert(std::is_trivially_copyable_v<raw_chunk_record>);
  if (empty()) return 0;
  std::vector<std::uint8_t> image;
  chunks_.read_from(0);
  auto& images = images_.written();
  if (!images_.failure().empty()) failure_ = images_.failure();
  auto written = images_.blocks();
  if (written > 0) images.read_from(0);
  for (std::int64_t i = 0; i < count_; ++i) {
    raw_chunk_record chunk;
    chunks_.read(&chunk, sizeof chunk);
    if (chunk.kept && written == 0) {
      chunk.kept = false;
      ++lost_;
    }
    if (chunk.kept) --written;
    image.resize(chunk.kept ? static_cast<std::size_t>(chunk.image_bytes) : 0);
    images.read(image.data(), image.size());
    writer.add(chunk, image);
  }
  return lost_;
}

}  // namespace flopwatch::collect
