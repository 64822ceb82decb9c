// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "target/range_object.hpp"

#include <algorithm>
#include <shared_mutex>

#include "target/hooks.hpp"

namespace standin {
namespace {

std::shared_mutex registry_mutex;
/// Never freed: a kernel could be running, and a dead object must be recognised.
std::vector<std::unique_ptr<range_object>>& registry() {
  static auto& all = *new std::vector<std::unique_ptr<range_object>>;
  return all;
}
std::size_t forgotten = 0;  ///< the first so many are of before the last reset

bool known(range_object const* object) {
  std::shared_lock const lock(registry_mutex);
  auto const& all = registry();
  return std::any_of(all.begin() + static_cast<std::ptrdiff_t>(forgotten), all.end(),
                     [object](auto const& one) { return one.get() == object; });
}

}  // namespace

void keep_object(std::unique_ptr<range_object> object) {
  std::lock_guard const lock(registry_mutex);
  registry().push_back(std::move(object));
}

bool enabled_on(int device) {
  std::shared_lock const lock(registry_mutex);
  auto const& all = registry();
  return std::any_of(all.begin() + static_cast<std::ptrdiff_t>(forgotten), all.end(),
                     [device](auto const& one) {
                       std::lock_guard const guard(one->mutex);
                       return one->enabled && one->info->alive && one->info->device == device;
                     });
}

void forget_range_objects() {
  std::lock_guard const lock(registry_mutex);
  for (auto const& one : registry()) {
    std::lock_guard const guard(one->mutex);
    one->enabled = one->started = false;
  }
  forgotten = registry().size();
}

locked_object use(char const* function, range_object* object, int rule, int code) {
  locked_object used;
  if (object == nullptr) {
    used.refused = refuse(1, function, 1, "the range profiler object is NULL");
  } else if (!known(object)) {
    // Rules 5 and 6: 7 where the header says "called without enabling range profiler", 1 for SetConfig and
    // Disable, for which it lists nothing else (cupti_range_profiler.h).
    used.refused = refuse(rule, function, code, "no such range profiler object");
  } else {
    used.lock = std::unique_lock(object->mutex);
    used.object = object;
    if (!object->enabled) {
      used.refused = crash(34, function, code, "the range profiler object was disabled, which destroys it");
    } else if (!object->info->alive) {
      used.refused =
          refuse(27, function, 3, "the context was destroyed while the profiler was enabled on it");
    } else if (driver()->current() != object->context) {
      // Rule 26 [inference]: all code seen has the context current.
      used.refused = refuse(26, function, 3, "the context is not current to this thread");
    }
  }
  return used;
}

CUptiResult check_buffers(char const* function, range_object const& object) {
  // Rule 25 [inference]: all code seen keeps both images alive and in place until Disable.
  auto const& bytes = object.config->bytes;
  if (!std::equal(bytes.begin(), bytes.end(), object.config_at)) {
    return refuse(25, function, 7, "the config image was changed after SetConfig");
  }
  if (hash_of(object.image_at, object.image_size) != object.image_hash) {
    return refuse(25, function, 7, "the counter data image was changed from outside");
  }
  return CUPTI_SUCCESS;
}

}  // namespace standin
