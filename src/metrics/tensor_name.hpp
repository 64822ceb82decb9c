// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "flopwatch/precision.hpp"

namespace flopwatch::metrics {

/// The parsed name of a tensor-core counter:
/// `sm__ops_path_tensor_[op_<instruction>_]src_<formats>[_dst_<formats>][_sparsity_<on or off>].sum`.
struct tensor_name {
  std::string operation;           ///< "hmma"; "": every instruction
  std::uint32_t sources = 0;       ///< one bit for each format
  std::uint32_t destinations = 0;  ///< 0: every format

  enum class sparsity_kind : std::uint8_t { any, off, on } sparsity = sparsity_kind::any;

  /// nullopt for any other name, also for one with a further word at its end (`realtime`).
  [[nodiscard]] static std::optional<tensor_name> parse(std::string_view metric);

  [[nodiscard]] precision source_precision() const noexcept;

  /// A format of `tensor_types`. \return 0 for any other word
  [[nodiscard]] static std::uint32_t format_bit(std::string_view word) noexcept;

  /// Whether this counter counts every operation that `o` counts. False for different source formats: a
  /// counter of several formats does not count the instructions of a single-format counter.
  [[nodiscard]] bool contains(tensor_name const& o) const noexcept;
};

}  // namespace flopwatch::metrics
