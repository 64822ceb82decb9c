// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The bytes of a file: reader, attribution, comparison, reports.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "flopwatch/capture.hpp"
#include "flopwatch/report.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace flopwatch;
  try {
    auto const reader = capture_reader::from_bytes({data, data + size});
    reader.for_each_raw_image([](auto const&, auto const&) { return true; });
    reader.for_each_launch([](auto const&) { return true; });
    reader.for_each_scope_range([](auto const&) { return true; });
    reader.for_each_reuse_key([](auto const&) { return true; });
    reader.for_each_reuse_check([](auto const&) { return true; });
    auto const a = analyse(reader.load());
    (void)text_report(a, {.width = 60});
    (void)json_report(a);
  } catch (capture_error const&) {  // the one way to refuse a file
  }
  return 0;
}
