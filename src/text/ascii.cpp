// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/ascii.hpp"

#include "text/code_points.hpp"

namespace flopwatch::text {
namespace {

char sign_like(std::uint32_t code_point) {
  switch (code_point) {
    case U'─':
    case U'–':
    case U'·':
      return '-';
    case U'│':
    case U'├':
      return '|';
    case U'└':
      return '`';
    case U'×':
      return 'x';
    case U'…':
      return '~';
    case U'→':
      return '>';
    case U'↓':
      return 'v';
    default:
      return '?';
  }
}

}  // namespace

std::string to_ascii(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const first = decode_first(text);
    if (first.valid && first.code_point < 0x80) {
      out += static_cast<char>(first.code_point);
    } else if (first.valid) {
      out.append(static_cast<std::size_t>(columns_of(first.code_point)), sign_like(first.code_point));
    } else {
      out += '?';
    }
    text.remove_prefix(first.bytes);
  }
  return out;
}

}  // namespace flopwatch::text
