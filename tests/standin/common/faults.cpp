// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "faults.hpp"

#include <charconv>
#include <utility>

namespace standin {
namespace {

template <class Number>
bool parse(std::string_view text, Number& number) {
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool fault_list::add(std::string_view text) {
  std::vector<std::pair<std::string, fault>> added;
  while (!text.empty()) {
    auto const comma = text.find(',');
    auto const item = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    auto const equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    fault one;
    if (!parse(item.substr(equals + 1), one.code) || one.code == 0) return false;
    auto name = item.substr(0, equals);
    if (auto const hash = name.find('#'); hash != std::string_view::npos) {
      auto number = name.substr(hash + 1);
      bool const onwards = number.ends_with('+');
      if (onwards) number.remove_suffix(1);
      if (!parse(number, one.first) || one.first == 0) return false;
      if (!onwards) one.last = one.first;
      name = name.substr(0, hash);
    }
    added.emplace_back(name, one);
  }
  std::lock_guard const lock(mutex_);
  for (auto& [name, one] : added) faults_[name].push_back(one);
  armed_.store(!faults_.empty(), std::memory_order_release);
  return true;
}

void fault_list::clear() {
  std::lock_guard const lock(mutex_);
  faults_.clear();
  armed_.store(false);
  hits_.store(0);
}

int fault_list::find(char const* function) {
  std::lock_guard const lock(mutex_);
  auto const found = faults_.find(std::string_view(function));
  if (found == faults_.end()) return 0;
  int code = 0;
  for (auto& one : found->second) {
    ++one.calls;
    if (code == 0 && one.calls >= one.first && one.calls <= one.last) code = one.code;
  }
  if (code != 0) ++hits_;
  return code;
}

}  // namespace standin
