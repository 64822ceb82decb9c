// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/module_rule.hpp"

namespace flopwatch {

namespace {

std::string shape_text(shape const& s) {
  std::string text = "[";
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (i > 0) text += ',';
    text += s[i] == module_call::ragged ? "*" : std::to_string(s[i]);
  }
  return text + ']';
}

std::string shapes_list(std::vector<shape> const& shapes) {
  if (shapes.empty()) return "()";
  std::string text;
  for (auto const& s : shapes) {
    if (!text.empty()) text += ' ';
    text += shape_text(s);
  }
  return text;
}

}  // namespace

std::string shapes_text(module_call const& call) {
  auto text = shapes_list(call.inputs);
  if (call.packed) {
    text += "{packed, batch " + std::to_string(call.packed->max_batch) + ", steps " +
            std::to_string(call.packed->steps) + '}';
  }
  return text + " -> " + shapes_list(call.outputs);
}

}  // namespace flopwatch
