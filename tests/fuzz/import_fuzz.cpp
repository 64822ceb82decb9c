// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Any file: CSV of Nsight Compute, a JSON trace, packed or not.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/imported_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace flopwatch;
  flopwatch::test::import_bytes([&](importing::capture_sink& sink) {
    auto const bytes = importing::unpacked(std::make_unique<importing::memory_source>(
                                               std::string_view(reinterpret_cast<char const*>(data), size)),
                                           "the input");
    auto const first = bytes->peek(1);
    if (first == "{" || first == "[") {
      importing::import_kineto(*bytes, sink, "the input");
    } else {
      importing::ncu_seen seen;
      importing::import_ncu(*bytes, sink, seen, "the input");
    }
  });
  return 0;
}
