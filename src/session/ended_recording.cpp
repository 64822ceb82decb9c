// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "session/ended_recording.hpp"

#include <utility>

#include "recording/write_recording.hpp"

namespace flopwatch::detail {

void ended_recording::write(capture_writer& writer) {
  auto const ids = write_recording(*record, writer);
  for (auto* const r : recorders) {
    r->write(ids, writer);
    r->describe(info);
  }
  for (auto const& l : losses) writer.add(l);
  for (auto const& [key, value] : final_info) info[key] = value;
  for (auto const& [key, value] : info) writer.set_info(key, value);
}

result ended_recording::to_file(capture_writer& writer, bool early) {
  write(writer);
  early ? writer.close_beside() : writer.close();
  return result(std::make_shared<capture_reader const>(writer.path()));
}

result ended_recording::to_memory() {
  auto writer = capture_writer::in_memory();
  write(writer);
  writer.close();
  return result(std::make_shared<capture_reader const>(read_back(std::move(writer))));
}

}  // namespace flopwatch::detail
