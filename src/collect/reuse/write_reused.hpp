// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "collect/reuse/reuse_collector.hpp"
#include "recording/write_recording.hpp"

namespace flopwatch::collect {

/// Writes what was counted and measured into the capture, and describes it in `info`. After
/// reuse_collector::end. \throws capture_error
void write_reused(reuse_collector& collected, detail::written_ids const& ids, capture_writer& writer,
                  std::map<std::string, std::string>& info);

}  // namespace flopwatch::collect
