// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/wrap.hpp"

#include <algorithm>
#include <utility>

#include "text/code_points.hpp"
#include "text/printable.hpp"

namespace flopwatch::text {
namespace {

/// Takes the next word off the front of `text`; empty at the end.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  auto const word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, int width) {
  width = std::max(width, 2);
  std::vector<std::string> lines;
  std::string line;
  int used = 0;
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    int word_width = display_width(word);
    if (used > 0 && used + 1 + word_width > width) {
      lines.push_back(std::exchange(line, {}));
      used = 0;
    }
    while (word_width > width) {
      auto const part = fitting_prefix(word, width);
      lines.emplace_back(word.substr(0, part));
      word.remove_prefix(part);
      word_width = display_width(word);
    }
    if (used > 0) line += ' ', ++used;
    line += word;
    used += word_width;
  }
  if (used > 0 || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string wrap_after(std::string_view text, int column, int indent) {
  std::string out;
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    int const word_width = display_width(word);
    if (!out.empty() && column + 1 + word_width > reading_width) {
      out.append(1, '\n').append(static_cast<std::size_t>(indent), ' ');
      column = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word_width;
  }
  return out;
}

}  // namespace flopwatch::text
