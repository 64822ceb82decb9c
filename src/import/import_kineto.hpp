// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "import/byte_source.hpp"
#include "import/capture_sink.hpp"

namespace flopwatch::importing {

/// Reads a JSON trace of torch.profiler. A kernel belongs to the module and the operator that were open on
/// the launching thread when it was launched, by the correlation of launch and kernel. Ranges of counters
/// have no correlation: the i-th belongs to the i-th launch, and to none if their numbers differ. \throws
/// usage_error for text that is no trace
void import_kineto(byte_source& from, capture_sink& sink, std::string const& label);

}  // namespace flopwatch::importing
