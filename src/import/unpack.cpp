// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/unpack.hpp"

namespace flopwatch::importing {

std::unique_ptr<peeking_source> unpacked(std::unique_ptr<byte_source> from, std::string const& label) {
  auto packed = std::make_unique<peeking_source>(std::move(from));
  auto const first = packed->peek(4);
  if (first.starts_with("\x1f\x8b"))
    return std::make_unique<peeking_source>(gunzipped(std::move(packed), label));
  if (first == "\x28\xb5\x2f\xfd") return std::make_unique<peeking_source>(unzstd(std::move(packed), label));
  if (first == "PK\x03\x04") return std::make_unique<peeking_source>(unzipped(std::move(packed), label));
  return packed;
}

}  // namespace flopwatch::importing
