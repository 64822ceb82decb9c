// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include <cuda.h>
#include <cupti_callbacks.h>

/// \file
/// The driver calls that begin and end stream captures, and that change an executable graph, as CUPTI's
/// callbacks show them.

namespace flopwatch::collect {

enum class capture_kind : std::uint8_t {
  none,
  begin,
  end,
  update,  ///< of an executable graph
};

/// What the parameters of such a call say.
struct capture_call {
  capture_kind kind = capture_kind::none;
  CUstream stream = nullptr;   ///< begin, end
  CUgraphExec exec = nullptr;  ///< update
  CUgraph graph = nullptr;     ///< update
};

/// Driver callback ids, in all variants.
[[nodiscard]] std::span<CUpti_CallbackId const> capture_callbacks() noexcept;

/// \param params CUpti_CallbackData::functionParams; `kind` is `none` for every other callback
[[nodiscard]] capture_call read_capture_call(CUpti_CallbackId id, void const* params) noexcept;

/// Whether a call that ends a capture and answers `code` has closed it. A call on another stream or thread
/// than the one that began leaves it open.
[[nodiscard]] bool closes_capture(CUresult code) noexcept;

}  // namespace flopwatch::collect
