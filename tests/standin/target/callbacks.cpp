// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>

#include <cupti_callbacks.h>

#include "target/check.hpp"
#include "target/hooks.hpp"

/// \file
/// The one subscriber, what it enabled, and the calls to it.

struct CUpti_Subscriber_st {
  static constexpr std::size_t most = 1024;  ///< cbids of a domain; the real ones end below 900
  CUpti_CallbackFunc function = nullptr;
  void* user = nullptr;
  std::string name;
  std::atomic<unsigned char> enabled[CUPTI_CB_DOMAIN_SIZE][most] = {};
};

namespace standin {
namespace {

std::mutex subscriber_mutex;
std::atomic<CUpti_SubscriberHandle> subscriber{nullptr};

/// Rule 31: how many cbids each domain of the emulated version has. Driver API: the SIZE of each version's
/// cupti_driver_cbid.h; resource: cupti_callbacks.h grew by 22 and 23 in 13.0 and by 24 and 25 in 13.5.
std::uint32_t cbids_of(CUpti_CallbackDomain domain) {
  int const version = state().version;
  switch (domain) {
    case CUPTI_CB_DOMAIN_DRIVER_API:
      if (version < 120800) return 763;
      if (version < 120900) return 782;
      if (version < 130000) return 784;
      if (version < 130100) return 807;
      if (version < 130300) return 846;
      if (version < 130400) return 860;
      return version < 130500 ? 868 : 877;
    case CUPTI_CB_DOMAIN_RUNTIME_API:
      return 523;
    case CUPTI_CB_DOMAIN_RESOURCE:
      return version < 130000 ? 22 : version < 130500 ? 24 : 26;
    case CUPTI_CB_DOMAIN_SYNCHRONIZE:
      return CUPTI_CBID_SYNCHRONIZE_SIZE;
    case CUPTI_CB_DOMAIN_NVTX:
      return 64;
    case CUPTI_CB_DOMAIN_STATE:
      return CUPTI_CBID_STATE_SIZE;
    default:
      return 0;
  }
}

CUpti_SubscriberHandle listener(CUpti_CallbackDomain domain, std::uint32_t cbid) {
  auto* const one = subscriber.load(std::memory_order_acquire);
  if (one == nullptr || cbid >= CUpti_Subscriber_st::most) return nullptr;
  return one->enabled[domain][cbid].load(std::memory_order_relaxed) != 0 ? one : nullptr;
}

/// Right to some milliseconds, and cheap: it is read twice for each callback.
std::int64_t coarse_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

/// Rule 30: a callback is quick and throws nothing (CUPTI's documentation, section on callbacks).
void call(CUpti_SubscriberHandle one, CUpti_CallbackDomain domain, std::uint32_t cbid, void const* data,
          char const* function) {
  auto const before = coarse_ms();
  try {
    one->function(one->user, domain, cbid, data);
  } catch (...) {
    state().log(30, function, "the callback threw an exception");
  }
  if (coarse_ms() - before > state().callback_limit_ms) {
    state().log(30, function, "the callback took too long");
  }
}

void write_name(char* buffer, std::size_t size, std::string const& name) {
  if (buffer != nullptr && size > 0) std::snprintf(buffer, size, "%s", name.c_str());
}

CUptiResult subscribe(char const* function_name, CUpti_SubscriberHandle* out, CUpti_CallbackFunc function,
                      void* user, CUpti_SubscriberParams const* params) {
  if (!has_driver()) return no_driver_code();
  if (out == nullptr) return refuse(31, function_name, 1, "subscriber is NULL");
  auto& chosen = state();
  std::lock_guard const lock(subscriber_mutex);
  auto* const present = subscriber.load();
  std::string holder = chosen.holder();
  if (holder.empty() && present != nullptr) {
    // cupti_callbacks.h: "CUPTI for <subscriberName>", 64 bytes in all.
    holder = ("CUPTI for " + present->name).substr(0, CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN - 1);
  }
  if (!holder.empty()) {
    if (params != nullptr) write_name(params->oldSubscriberName, params->oldSubscriberSize, holder);
    return CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED;
  }
  // Not freed when it is unsubscribed: a callback may still be running on another thread.
  static auto& all = *new std::vector<std::unique_ptr<CUpti_Subscriber_st>>;
  auto* const fresh = all.emplace_back(std::make_unique<CUpti_Subscriber_st>()).get();
  fresh->function = function;
  fresh->user = user;
  if (params != nullptr && params->subscriberName != nullptr) fresh->name = params->subscriberName;
  subscriber.store(fresh, std::memory_order_release);
  *out = fresh;
  return CUPTI_SUCCESS;
}

CUptiResult check(char const* function, CUpti_SubscriberHandle one, CUpti_CallbackDomain domain) {
  if (one == nullptr || one != subscriber.load()) return refuse(31, function, 1, "no such subscriber");
  if (cbids_of(domain) == 0) return refuse(31, function, 1, "no such domain");
  return CUPTI_SUCCESS;
}

}  // namespace

bool wants_callback(std::uint32_t cbid) { return listener(CUPTI_CB_DOMAIN_DRIVER_API, cbid) != nullptr; }

void api_callback(api_call& api, int site) {
  auto* const one = listener(CUPTI_CB_DOMAIN_DRIVER_API, api.cbid);
  if (one == nullptr) return;
  CUpti_CallbackData data{};
  data.callbackSite = site == 0 ? CUPTI_API_ENTER : CUPTI_API_EXIT;
  data.functionName = api.function;
  data.functionParams = api.params;
  data.functionReturnValue = site == 0 ? nullptr : &api.result;  // "only valid within the exit callback"
  data.symbolName = api.symbol;
  data.context = api.context;
  data.contextUid = api.context_uid;
  data.correlationData = &api.correlation_data;
  data.correlationId = api.correlation_id;
  call(one, CUPTI_CB_DOMAIN_DRIVER_API, api.cbid, &data, api.function);
}

void resource_callback(std::uint32_t cbid, CUcontext context, CUstream stream, void* descriptor) {
  auto* const one = listener(CUPTI_CB_DOMAIN_RESOURCE, cbid);
  if (one == nullptr) return;
  CUpti_ResourceData data{};
  data.context = context;
  data.resourceHandle.stream = stream;
  data.resourceDescriptor = descriptor;
  // CU_INIT_FINISHED comes with no data.
  bool const has_data = cbid != CUPTI_CBID_RESOURCE_CU_INIT_FINISHED;
  call(one, CUPTI_CB_DOMAIN_RESOURCE, cbid, has_data ? &data : nullptr, "resource callback");
}

void forget_subscriber() { subscriber = nullptr; }

}  // namespace standin

using namespace standin;

extern "C" {

CUptiResult cuptiSubscribe(CUpti_SubscriberHandle* out, CUpti_CallbackFunc function, void* user) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  return subscribe(__func__, out, function, user, nullptr);
}

CUptiResult cuptiSubscribe_v2(CUpti_SubscriberHandle* out, CUpti_CallbackFunc function, void* user,
                              CUpti_SubscriberParams* params) {
  // The buffer is blanked whatever the answer is (measured).
  if (params != nullptr) write_name(params->oldSubscriberName, params->oldSubscriberSize, "");
  if (CUptiResult const refused = begin(__func__)) return refused;
  if (state().version < 130000) return refuse(32, __func__, 11, "this version has no cuptiSubscribe_v2");
  // Rule 1: 32 bytes, 40 from 13.2 on. There is no pPriv in this one.
  if (params != nullptr && params->structSize != 32 &&
      !(params->structSize == 40 && state().version >= 130200)) {
    return refuse(1, __func__, 1, "structSize is " + std::to_string(params->structSize));
  }
  return subscribe(__func__, out, function, user, params);
}

CUptiResult cuptiUnsubscribe(CUpti_SubscriberHandle one) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  std::lock_guard const lock(subscriber_mutex);
  if (one == nullptr || one != subscriber.load()) return refuse(31, __func__, 1, "no such subscriber");
  subscriber = nullptr;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiEnableCallback(uint32_t enable, CUpti_SubscriberHandle one, CUpti_CallbackDomain domain,
                                CUpti_CallbackId cbid) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  if (CUptiResult const refused = check(__func__, one, domain)) return refused;
  if (cbid == 0 || cbid >= cbids_of(domain)) {
    return refuse(31, __func__, 1, "this version has no callback " + std::to_string(cbid));
  }
  one->enabled[domain][cbid] = enable != 0 ? 1 : 0;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiEnableDomain(uint32_t enable, CUpti_SubscriberHandle one, CUpti_CallbackDomain domain) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  if (CUptiResult const refused = check(__func__, one, domain)) return refused;
  for (std::uint32_t cbid = 1; cbid < cbids_of(domain); ++cbid)
    one->enabled[domain][cbid] = enable != 0 ? 1 : 0;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiGetCallbackState(uint32_t* enabled, CUpti_SubscriberHandle one, CUpti_CallbackDomain domain,
                                  CUpti_CallbackId cbid) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  if (CUptiResult const refused = check(__func__, one, domain)) return refused;
  if (enabled == nullptr || cbid >= cbids_of(domain)) return refuse(31, __func__, 1, "no such callback");
  *enabled = one->enabled[domain][cbid];
  return CUPTI_SUCCESS;
}

}  // extern "C"
