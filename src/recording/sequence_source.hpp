// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace flopwatch::detail {

/// Where the framework stands with its numbers of autograd nodes on one thread.
struct sequence_position {
  std::uint64_t thread_id = 0;  ///< the framework's number of the thread
  std::int64_t next = 0;        ///< the number of the node that is made next
};

/// Asks the framework about the calling thread; null while none is observed. Any thread may call it.
inline std::atomic<sequence_position (*)() noexcept> sequence_source{nullptr};

}  // namespace flopwatch::detail
