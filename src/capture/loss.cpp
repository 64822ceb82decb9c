// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/diagnostics.hpp"

namespace flopwatch {

data_loss_record make_loss(loss_kind const& kind, std::int64_t count, std::string_view detail) {
  data_loss_record r{std::string(kind.name), kind.severity, count, std::string(kind.sentence)};
  if (!detail.empty()) r.text.append(" ").append(detail);
  return r;
}

}  // namespace flopwatch
