// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/range_message.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace flopwatch::detail::nvtx {
namespace {

void escape_into(std::string& out, std::string_view text) {
  for (char const c : text) {
    if (c == '|' || c == '\\') out += '\\';
    out += c;
  }
}

}  // namespace

std::string message(std::string_view path, std::string_view type, std::int64_t call, phase in_phase) {
  std::string text;
  text.reserve(path.size() + type.size() + 24);
  escape_into(text, path);
  text += '|';
  escape_into(text, type);
  text += '|';
  text += std::to_string(call);
  text += '|';
  text += to_string(in_phase);
  return text;
}

bool parse(std::string_view text, range& out) {
  std::array<std::string, 4> parts;
  std::size_t part = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '|') {
      if (++part == parts.size()) return false;
      continue;
    }
    if (text[i] == '\\' && ++i == text.size()) return false;
    parts[part] += text[i];
  }
  if (part + 1 != parts.size()) return false;
  auto const& number = parts[2];
  auto const [end, failed] = std::from_chars(number.data(), number.data() + number.size(), out.call);
  if (failed != std::errc() || end != number.data() + number.size() || out.call < 1) return false;
  auto const in_phase = parse_phase(parts[3]);
  if (!in_phase) return false;
  out.in_phase = *in_phase;
  out.path = std::move(parts[0]);
  out.type = std::move(parts[1]);
  return true;
}

}  // namespace flopwatch::detail::nvtx
