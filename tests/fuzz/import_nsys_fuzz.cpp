// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A database of Nsight Systems.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/imported_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace flopwatch;
  flopwatch::test::import_bytes([&](importing::capture_sink& sink) {
    importing::memory_source from({reinterpret_cast<char const*>(data), size});
    importing::import_nsys(from, sink, "the input");
  });
  return 0;
}
