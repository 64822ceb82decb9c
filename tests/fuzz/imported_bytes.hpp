// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "flopwatch/report.hpp"
#include "import/capture_sink.hpp"
#include "import/import_kineto.hpp"
#include "import/import_ncu.hpp"
#include "import/import_nsys.hpp"
#include "import/unpack.hpp"

namespace flopwatch::test {

/// Runs an import into a capture in memory, and reports it: whatever an importer writes must fit together.
inline void import_bytes(std::function<void(importing::capture_sink&)> const& run) {
  auto writer = capture_writer::in_memory();
  importing::capture_sink sink(writer);
  try {
    run(sink);
  } catch (usage_error const&) {  // the one way to refuse a file
    return;
  }
  sink.finish();
  writer.close();
  auto const a = analyse(read_back(std::move(writer)).load());
  (void)text_report(a, {.width = 60});
  (void)json_report(a);
}

}  // namespace flopwatch::test
