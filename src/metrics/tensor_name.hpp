// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "flopwatch/precision.hpp"

namespace flopwatch::metrics {

/// What the name of a tensor-core counter says:
/// `sm__ops_path_tensor_[op_<instruction>_]src_<formats>[_dst_<formats>].sum`.
struct tensor_name {
  std::string operation;           ///< "hmma"; "": every instruction
  std::uint32_t sources = 0;       ///< one bit for each format
  std::uint32_t destinations = 0;  ///< 0: every one

  /// nullopt for any other name, and for a word after the formats that is no format (`sparsity_on`).
  [[nodiscard]] static std::optional<tensor_name> parse(std::string_view metric);

  [[nodiscard]] precision source_precision() const noexcept;

  /// A format of `tensor_types`. \return 0 for any other word
  [[nodiscard]] static std::uint32_t format_bit(std::string_view word) noexcept;

  /// Every operation that `o` counts is counted here too. Never so for other source formats: a counter of
  /// several formats counts the instructions that work on any of them, and not those of one alone.
  [[nodiscard]] bool contains(tensor_name const& o) const noexcept;
};

}  // namespace flopwatch::metrics
