// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>

#include "driver/driver.hpp"

/// \file
/// A driver function that CUPTI's subscriber can listen to.

namespace standin {

/// ENTER, the work, EXIT. \param symbol the kernel's name, where the call launches one
template <class Work>
CUresult with_callbacks(std::uint32_t cbid, char const* function, void const* params, char const* symbol,
                        Work work) {
  auto* const context = current();
  std::optional<std::lock_guard<std::mutex>> in_order;
  if (context != nullptr && state().serial_launches) in_order.emplace(context->launching);
  api_call call;
  call.cbid = cbid;
  call.function = function;
  call.params = params;
  call.symbol = symbol;
  call.context = context;
  call.context_uid = context == nullptr ? 0 : context->uid;
  static std::atomic<std::uint32_t> correlation{0};
  call.correlation_id = ++correlation;
  auto const tell = [&call](int site) {
    auto const* const cupti = hooks();
    if (cupti == nullptr || !cupti->wants(call.cbid)) return;
    callback_mark const inside;
    cupti->api(call, site);
  };
  tell(0);
  int const fault = state().faults.next(function);
  call.result = fault != 0 ? static_cast<CUresult>(fault) : work();
  tell(1);
  return call.result;
}

}  // namespace standin
