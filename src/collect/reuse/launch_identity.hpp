// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "flopwatch/capture_records.hpp"

namespace flopwatch::detail {
struct operator_row;
struct scope_node;
}  // namespace flopwatch::detail

namespace flopwatch::collect {

/// What launches of a program share that are counted in one number: the same work, as far as one look at the
/// call tells it, for the same place in the program.
struct launch_identity {
  void const* function = nullptr;                       ///< CUfunction, or CUgraphExec
  detail::operator_row const* operator_call = nullptr;  ///< as in launch_row
  detail::scope_node const* scope = nullptr;
  std::uint64_t attributes = 0;  ///< launch_call::attributes
  std::uint64_t parameters = 0;  ///< of the kernel's parameters, where they are looked at
  std::array<std::uint32_t, 3> grid{}, block{};
  std::uint32_t shared_bytes = 0;
  phase in_phase = phase::forward;

  friend bool operator==(launch_identity const&, launch_identity const&) = default;
};

/// Well mixed: the lowest bits tell two of them apart.
[[nodiscard]] inline std::uint64_t hash_of(launch_identity const& id) noexcept {
  std::uint64_t h = 0x9E3779B97F4A7C15U;
  auto const mix = [&h](std::uint64_t v) {
    h = (h ^ v) * 0xD6E8FEB86659FD93U;
    h ^= h >> 32U;
  };
  auto const pair = [](std::uint32_t a, std::uint32_t b) { return std::uint64_t{a} << 32U | b; };
  mix(reinterpret_cast<std::uintptr_t>(id.function));
  mix(reinterpret_cast<std::uintptr_t>(id.operator_call));
  mix(reinterpret_cast<std::uintptr_t>(id.scope) + static_cast<std::uint64_t>(id.in_phase));
  mix(id.attributes ^ id.parameters);
  mix(pair(id.grid[0], id.grid[1]));
  mix(pair(id.grid[2], id.block[0]));
  mix(pair(id.block[1], id.block[2]) ^ (std::uint64_t{id.shared_bytes} << 7U));
  return h;
}

}  // namespace flopwatch::collect
