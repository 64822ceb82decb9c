// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cupti/api.hpp"

namespace flopwatch::cupti {

/// Takes the callbacks of this process, which have one holder at a time.
/// \param name the holder's name, as other tools see it
/// \param user what the callback gets as its first argument
/// \throws cupti_error, naming the holder where CUPTI does, when another tool has them
[[nodiscard]] CUpti_SubscriberHandle subscribe(api const& cupti, CUpti_CallbackFunc callback,
                                               char const* name, void* user = nullptr);

}  // namespace flopwatch::cupti
