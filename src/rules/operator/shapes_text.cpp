// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch {
namespace {

void append(std::string& text, tensor_arg const& t) {
  if (!t.defined) {
    text += '-';
    return;
  }
  text += '[';
  for (std::size_t i = 0; i < t.sizes.size(); ++i) {
    if (i != 0) text += ',';
    text += std::to_string(t.sizes[i]);
  }
  text += ']';
  if (t.stored >= 0) text += '{' + std::to_string(t.stored) + " stored}";
}

void append(std::string& text, std::vector<tensor_arg> const& list) {
  text += '(';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i != 0) text += ' ';
    append(text, list[i]);
  }
  text += ')';
}

}  // namespace

std::string shapes_text(std::span<operator_arg const> args) {
  std::string text;
  for (auto const& a : args) {
    auto const* one = std::get_if<tensor_arg>(&a);
    auto const* list = std::get_if<std::vector<tensor_arg>>(&a);
    if (auto const* packed = std::get_if<packed_arg>(&a); packed != nullptr) list = &packed->tensors;
    if (one == nullptr && list == nullptr) continue;
    if (!text.empty()) text += ' ';
    if (one != nullptr) {
      append(text, *one);
    } else {
      append(text, *list);
    }
  }
  return text;
}

}  // namespace flopwatch
