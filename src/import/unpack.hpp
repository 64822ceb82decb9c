// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "import/byte_source.hpp"

/// \file
/// Compressed bytes, unpacked a block at a time. All throw usage_error from `read` for damaged bytes.

namespace flopwatch::importing {

/// One gzip member or several.
[[nodiscard]] std::unique_ptr<byte_source> gunzipped(std::unique_ptr<byte_source> from,
                                                     std::string const& label);

/// One zstd frame or several.
[[nodiscard]] std::unique_ptr<byte_source> unzstd(std::unique_ptr<byte_source> from,
                                                  std::string const& label);

/// The only file of a zip archive, stored or deflated.
[[nodiscard]] std::unique_ptr<byte_source> unzipped(std::unique_ptr<peeking_source> from,
                                                    std::string const& label);

/// What `from` holds, unpacked where it is gzip, zstd, or a zip archive of one file.
/// \throws usage_error for an archive of several files, or one that is encrypted or packed in another way
[[nodiscard]] std::unique_ptr<peeking_source> unpacked(std::unique_ptr<byte_source> from,
                                                       std::string const& label);

}  // namespace flopwatch::importing
