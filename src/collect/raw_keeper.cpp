// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/raw_keeper.hpp"

#include "capture/synthetic_image.hpp"

namespace flopwatch::collect {
using namespace cupti;

void raw_keeper::add(raw_chunk_record chunk, std::span<std::uint8_t const> image) {
  std::lock_guard const lock(mutex_);
  chunk.id = static_cast<std::int64_t>(chunks_.size()) + 1;
  chunk.image_bytes = static_cast<std::int64_t>(image.size());
  chunk.kept = policy_.keep(chunk.plan, chunk.metric_group, chunk.lossy, chunk.image_bytes);
  synthetic_ = synthetic_ || is_synthetic(image);
  auto const position = end_;
  if (chunk.kept) {
    images_.write(image.data(), image.size());
    end_ += static_cast<long>(image.size());
  }
  chunks_.push_back({chunk, position});
}

void raw_keeper::write(capture_writer& writer) {
  std::vector<std::uint8_t> image;
  for (auto const& c : chunks_) {
    image.clear();
    if (c.record.kept) {
      image.resize(static_cast<std::size_t>(c.record.image_bytes));
      images_.read_from(c.position);
      images_.read(image.data(), image.size());
    }
    writer.add(c.record, image);
  }
}

}  // namespace flopwatch::collect
