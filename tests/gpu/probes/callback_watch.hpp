// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cupti/api.hpp"

namespace gpu_probes {

/// Hears the callbacks of cuLaunchKernel while it lives. One at a time.
class callback_watch {
 public:
  /// Called on the launching thread; it must not throw.
  using heard = void (*)(CUpti_CallbackData const& data);

  /// \throws flopwatch::cupti_error when another tool has the callbacks
  callback_watch(flopwatch::cupti::api const& cupti, heard what);
  ~callback_watch();
  callback_watch(callback_watch const&) = delete;
  callback_watch& operator=(callback_watch const&) = delete;

 private:
  flopwatch::cupti::api const* cupti_;
  CUpti_SubscriberHandle handle_;
};

}  // namespace gpu_probes
