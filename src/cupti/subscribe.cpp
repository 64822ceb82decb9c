// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/subscribe.hpp"

#include <array>
#include <string>

#include "cupti/result_text.hpp"
#include "cupti/struct_sizes.hpp"

namespace flopwatch::cupti {

CUpti_SubscriberHandle subscribe(api const& cupti, CUpti_CallbackFunc callback, char const* name,
                                 void* user) {
  CUpti_SubscriberHandle handle = nullptr;
  if (cupti.cuptiSubscribe_v2 == nullptr) {
    check(cupti.cuptiSubscribe(&handle, callback, user), "cuptiSubscribe");
    return handle;
  }
  std::array<char, 128> holder{};
  auto p = params<CUpti_SubscriberParams>();
  p.subscriberName = name;
  p.oldSubscriberName = holder.data();
  p.oldSubscriberSize = holder.size() - 1;
  auto const code = cupti.cuptiSubscribe_v2(&handle, callback, user, &p);
  check(code, "cuptiSubscribe", holder[0] == '\0' ? "" : "held by " + std::string(holder.data()));
  return handle;
}

}  // namespace flopwatch::cupti
