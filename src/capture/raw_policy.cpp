// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/raw_policy.hpp"

#include "capture/raw_image.hpp"

namespace flopwatch::capture_detail {

bool raw_policy::keep(std::int64_t plan, std::int64_t group, bool lossy, std::int64_t image_bytes) {
  // A chunk whose counters could not be read has no image.
  if (choice_ == raw_choice::none || image_bytes <= 0 || image_bytes > largest_image_bytes) return false;
  if (choice_ == raw_choice::all) return true;
  std::lock_guard const lock(mutex_);
  if (image_bytes > left_) return false;
  if (!lossy && !sampled_.emplace(plan, group).second) return false;
  left_ -= image_bytes;
  return true;
}

}  // namespace flopwatch::capture_detail
