// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/callback_watch.hpp"

#include <array>
#include <atomic>

#include <cupti_driver_cbid.h>

#include "cupti/result_text.hpp"
#include "cupti/subscribe.hpp"

namespace gpu_probes {
namespace {

std::atomic<callback_watch::heard> listener{nullptr};

void on_callback(void*, CUpti_CallbackDomain domain, CUpti_CallbackId, void const* data) {
  auto const told = listener.load();
  if (told != nullptr && domain == CUPTI_CB_DOMAIN_DRIVER_API)
    told(*static_cast<CUpti_CallbackData const*>(data));
}

}  // namespace

callback_watch::callback_watch(flopwatch::cupti::api const& cupti, heard what)
    : cupti_(&cupti), handle_(flopwatch::cupti::subscribe(cupti, on_callback, "gpu_probes")) {
  listener = what;
  for (auto const id :
       std::array{CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel_ptsz}) {
    auto const code = cupti.cuptiEnableCallback(1, handle_, CUPTI_CB_DOMAIN_DRIVER_API, id);
    if (code == CUPTI_SUCCESS) continue;
    cupti.cuptiUnsubscribe(handle_);
    flopwatch::cupti::raise(code, "cuptiEnableCallback");
  }
}

callback_watch::~callback_watch() {
  cupti_->cuptiUnsubscribe(handle_);
  listener = nullptr;
}

}  // namespace gpu_probes
