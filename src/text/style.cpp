// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/style.hpp"

namespace flopwatch::text {
namespace {

std::string_view sequence(look l) {
  switch (l) {
    case look::plain:
      return {};
    case look::strong:
      return "\x1b[1m";
    case look::dim:
      return "\x1b[2m";
    case look::good:
      return "\x1b[32m";
    case look::notice:
      return "\x1b[33m";
    case look::bad:
      return "\x1b[1;31m";
    case look::heading:
      return "\x1b[1;36m";
  }
  return {};
}

}  // namespace

std::string painter::operator()(std::string_view text, look l) const {
  auto const begin = sequence(l);
  if (!colour_ || begin.empty() || text.empty()) return std::string(text);
  return std::string(begin).append(text).append("\x1b[0m");
}

}  // namespace flopwatch::text
