// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace flopwatch::importing {

/// What an import reads of an event of torch.profiler.
enum class field : std::uint8_t {
  other,
  ph,
  cat,
  name,
  pid,
  tid,
  ts,
  dur,
  args,
  correlation,
  device,
  context,
  stream,
  grid,
  block,
  sequence,
  forward_thread,
  dims,
  types,
  concrete,
  counter,
};

/// Of a key of the event itself.
[[nodiscard]] field field_of(std::string_view key);
/// Of a key among its arguments.
[[nodiscard]] field arg_field_of(std::string_view key);

}  // namespace flopwatch::importing
