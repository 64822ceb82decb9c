// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/printable.hpp"

#include <fmt/format.h>

#include "text/code_points.hpp"

namespace flopwatch::text {
namespace {

constexpr std::string_view ellipsis = "…";

/// Where the longest suffix that fits into `width` columns begins.
std::size_t fitting_suffix(std::string_view text, int width) {
  std::size_t begin = text.size();
  std::size_t at = text.size();
  while (at > 0) {
    --at;
    auto const byte = static_cast<unsigned char>(text[at]);
    if ((byte & 0xC0U) == 0x80U) continue;
    auto const d = decode_first(text.substr(at));
    width -= d.valid ? columns_of(d.code_point) : 1;
    if (width < 0) break;
    // A combining mark without its letter would attach to the ellipsis.
    if (!d.valid || columns_of(d.code_point) > 0) begin = at;
  }
  return begin;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto const d = decode_first(text);
    auto const piece = text.substr(0, d.bytes);
    text.remove_prefix(d.bytes);
    if (d.valid && !must_escape(d.code_point)) {
      out += piece;
    } else if (!d.valid || (d.code_point < 0x100 && d.code_point != '\n' && d.code_point != '\t' &&
                            d.code_point != '\r')) {
      out += fmt::format("\\x{:02x}", d.code_point);
    } else if (d.code_point == '\n') {
      out += "\\n";
    } else if (d.code_point == '\t') {
      out += "\\t";
    } else if (d.code_point == '\r') {
      out += "\\r";
    } else {
      out += fmt::format("\\u{{{:x}}}", d.code_point);
    }
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    out += printable(text.substr(0, end)) + '\n';
    text.remove_prefix(end + 1);
  }
  return out + printable(text);
}

int display_width(std::string_view text) {
  unsigned char bits = 0;
  for (char const c : text) bits |= static_cast<unsigned char>(c);
  if (bits < 0x80U) return static_cast<int>(text.size());
  int width = 0;
  while (!text.empty()) {
    auto const d = decode_first(text);
    width += d.valid ? columns_of(d.code_point) : 1;
    text.remove_prefix(d.bytes);
  }
  return width;
}

std::string truncate_end(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  if (width < 1) return {};
  return std::string(text.substr(0, fitting_prefix(text, width - 1))).append(ellipsis);
}

std::string truncate_start(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  if (width < 1) return {};
  return std::string(ellipsis).append(text.substr(fitting_suffix(text, width - 1)));
}

std::string truncate_middle(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  if (width < 1) return {};
  // The end of a module path says more than its beginning.
  int const head = (width - 1) / 3;
  int const tail = width - 1 - head;
  return std::string(text.substr(0, fitting_prefix(text, head)))
      .append(ellipsis)
      .append(text.substr(fitting_suffix(text, tail)));
}

}  // namespace flopwatch::text
