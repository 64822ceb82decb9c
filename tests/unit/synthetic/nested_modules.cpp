// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/nested_modules.hpp"

#include <string>
#include <utility>

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {

capture_data nested_modules(int depth, bool whole_paths) {
  capture_builder c;
  c.data.info = info_without_gpu();
  std::int64_t inner = 0;
  for (int i = 0; i < depth; ++i) {
    auto const name = i == 0 ? std::string() : std::string("m");
    if (whole_paths) {
      inner = c.placed_module(inner, name, "Wrapper");
      continue;
    }
    auto const module = c.module("Wrapper");
    c.path(0, name, module);
    c.data.module_paths.back().parent = inner;
    c.data.module_paths.back().path = i == 0 ? "" : "m" + std::to_string(i);
    inner = c.scope(inner, c.data.module_paths.back().path, module);
  }
  c.product(inner, "aten::mm", 1000);
  return std::move(c.data);
}

}  // namespace flopwatch::test
