// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "import/byte_source.hpp"
#include "import/capture_sink.hpp"
#include "import/ncu_seen.hpp"

namespace flopwatch::importing {

/// Whether the beginning of a text is that of Nsight Compute's CSV, perhaps after the profiled program's own
/// output.
[[nodiscard]] bool looks_like_ncu(std::string_view beginning);

/// Reads Nsight Compute's CSV, in its long form (a row for each launch and metric) or its wide one (`--page
/// raw`: a row of units, then one for each launch). One launch is in memory at a time. \throws usage_error
/// for a file without the header of such CSV
/// \param seen launches of the files before; those that one of them has are left out
void import_ncu(byte_source& from, capture_sink& sink, ncu_seen& seen, std::string const& label);

}  // namespace flopwatch::importing
