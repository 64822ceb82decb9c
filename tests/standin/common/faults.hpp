// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace standin {

/// Answers chosen by function name and call number.
class fault_list {
 public:
  /// The grammar is control.hpp's. False, and nothing added, for text that is not of it.
  bool add(std::string_view text);
  void clear();
  /// The code that this call of `function` has to answer; 0 for none. Counts the call.
  [[nodiscard]] int next(char const* function) {
    return armed_.load(std::memory_order_acquire) ? find(function) : 0;
  }
  [[nodiscard]] std::uint64_t hits() const { return hits_.load(); }

 private:
  struct fault {
    std::uint64_t first = 1;
    std::uint64_t last = UINT64_MAX;
    int code = 0;
    std::uint64_t calls = 0;
  };
  int find(char const* function);

  std::atomic<bool> armed_{false};
  std::atomic<std::uint64_t> hits_{0};
  std::mutex mutex_;
  std::map<std::string, std::vector<fault>, std::less<>> faults_;
};

}  // namespace standin
