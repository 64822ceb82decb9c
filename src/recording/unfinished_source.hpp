// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "capture/unfinished.hpp"

namespace flopwatch::detail {

struct operator_row;
struct scope_node;

/// The numbers that a file has for what the threads of a recording hold; nullopt for what is not in it yet.
class unfinished_ids {
 public:
  virtual ~unfinished_ids() = default;
  [[nodiscard]] virtual std::optional<std::int64_t> of(scope_node const* scope) const = 0;
  [[nodiscard]] virtual std::optional<std::int64_t> of(operator_row const* call) const = 0;
};

/// What a recorder has for the file of a recording that goes on. Belongs to one thread, apart from those
/// that record; the recorder outlives it.
class unfinished_source {
 public:
  virtual ~unfinished_source() = default;
  /// Adds a portion of what is new. \param begins it is the first portion of a round: scopes and operator
  /// calls have been added to the file since the last one \returns whether there is more in this round
  /// \throws error
  [[nodiscard]] virtual bool add_to(unfinished_rows& rows, unfinished_ids const& ids, bool begins) = 0;
};

}  // namespace flopwatch::detail
