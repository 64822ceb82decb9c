// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "flopwatch/detail/scope_token.hpp"

namespace flopwatch {

/// A plain scope: names a part of the program that is no module.
///
///     flopwatch::scope s{"loss"};          // the rest of the block belongs to "<module>.loss"
///
/// Opens on construction, closes on destruction (by an exception too), on the thread that made it; must
/// not outlive an enclosing scope. Pushes the NVTX range of the same name. Costs one atomic load when no
/// session records and no NVTX tool is attached.
class [[nodiscard]] scope {
 public:
  /// `name` is relative to the scope around it; any text is allowed, dots and `|` included.
  explicit scope(std::string_view name, std::string_view type = "scope") noexcept {
    token_.enter(name, type);
  }
  ~scope() { token_.leave(); }
  scope(scope const&) = delete;
  scope& operator=(scope const&) = delete;

 private:
  detail::scope_token token_;
};

/// The step of an optimizer: what runs until the end of the block is of phase optimizer, except backward
/// calls and the modules called in it. The optimizers of flopwatch::optim and of Python open it themselves.
///
///     flopwatch::optimizer_step step{"Lion.step"};
///
/// Otherwise as `scope`.
class [[nodiscard]] optimizer_step {
 public:
  explicit optimizer_step(std::string_view name = "optimizer.step") noexcept {
    token_.enter_optimizer_step(name);
  }
  ~optimizer_step() { token_.leave(); }
  optimizer_step(optimizer_step const&) = delete;
  optimizer_step& operator=(optimizer_step const&) = delete;

 private:
  detail::scope_token token_;
};

}  // namespace flopwatch
