// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "capture/writer.hpp"
#include "collect/collector.hpp"
#include "recording/write_recording.hpp"

namespace flopwatch::collect {

/// Writes what a collector has, after its last run: plan, kernels, launches with the joined values of all
/// groups, data losses. Leaves out a group whose run launched other kernels than the first one. \param info
/// the entries of the capture's info table that follow from it are added \throws capture_error
void write_collected(collector& collected, detail::written_ids const& ids, capture_writer& writer,
                     std::map<std::string, std::string>& info);

}  // namespace flopwatch::collect
