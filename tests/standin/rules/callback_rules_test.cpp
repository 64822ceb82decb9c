// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <stdexcept>
#include <thread>

#include "rules/launch_params.hpp"
#include "rules/support.hpp"

/// \file
/// Rules 30 and 31, and what callbacks get.

using namespace flopwatch::test;

namespace {

struct event {
  CUpti_CallbackDomain domain;
  CUpti_CallbackId cbid;
  int site = -1;
  std::string function;
  std::string symbol;
  CUcontext context = nullptr;
  std::uint32_t uid = 0;
  std::uint32_t correlation = 0;
  int result = -1;
  launch_params params{};
  std::string module;
};

class callbacks : public standin_fixture {
 protected:
  void SetUp() override {
    standin_fixture::SetUp();
    ASSERT_EQ(cuptiSubscribe(&subscriber_, &callbacks::heard, this), 0);
  }
  void listen(CUpti_CallbackDomain domain, CUpti_CallbackId cbid) {
    EXPECT_EQ(cuptiEnableCallback(1, subscriber_, domain, cbid), 0);
  }
  static void heard(void* user, CUpti_CallbackDomain domain, CUpti_CallbackId cbid, void const* data) {
    static_cast<callbacks*>(user)->hear(domain, cbid, data);
  }
  void hear(CUpti_CallbackDomain domain, CUpti_CallbackId cbid, void const* data) {
    event one{.domain = domain, .cbid = cbid, .function = {}, .symbol = {}, .module = {}};
    if (domain == CUPTI_CB_DOMAIN_DRIVER_API) {
      auto const& api = *static_cast<CUpti_CallbackData const*>(data);
      one.site = api.callbackSite;
      one.function = api.functionName;
      one.symbol = api.symbolName == nullptr ? "" : api.symbolName;
      one.context = api.context;
      one.uid = api.contextUid;
      one.correlation = api.correlationId;
      if (api.callbackSite == CUPTI_API_ENTER) {
        *api.correlationData = 4711;
      } else {
        EXPECT_EQ(*api.correlationData, 4711U);
        one.result = *static_cast<CUresult*>(api.functionReturnValue);
      }
      one.params = read_launch(cbid, api.functionParams);
    } else if (data != nullptr) {
      auto const& resource = *static_cast<CUpti_ResourceData const*>(data);
      one.context = resource.context;
      if (cbid == CUPTI_CBID_RESOURCE_MODULE_LOADED) {
        one.module = static_cast<CUpti_ModuleResourceData const*>(resource.resourceDescriptor)->pCubin;
      }
    }
    events_.push_back(one);
    if (action_) action_();
  }

  CUpti_SubscriberHandle subscriber_ = nullptr;
  std::vector<event> events_;
  void (*action_)() = nullptr;
};

TEST_F(callbacks, launch_is_told_twice) {
  listen(CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel);
  EXPECT_EQ(launch(function("_Z5saxpyv"), 12, 32), CUDA_SUCCESS);
  ASSERT_EQ(events_.size(), 2U);
  for (auto const& one : events_) {
    EXPECT_EQ(one.function, "cuLaunchKernel");
    EXPECT_EQ(one.symbol, "_Z5saxpyv");
    EXPECT_EQ(one.context, context_);
    EXPECT_EQ(one.params.grid_x, 12U);
    EXPECT_EQ(one.correlation, events_[0].correlation);
    unsigned long long uid = 0;
    EXPECT_EQ(cuCtxGetId(context_, &uid), CUDA_SUCCESS);
    EXPECT_EQ(one.uid, uid);
  }
  EXPECT_EQ(events_[0].site, CUPTI_API_ENTER);
  EXPECT_EQ(events_[1].site, CUPTI_API_EXIT);
  EXPECT_EQ(events_[1].result, CUDA_SUCCESS);
}

/// The function as the driver hands it out, with or without per-thread default streams.
template <class Function>
Function* driver_function(char const* name, bool per_thread) {
  void* found = nullptr;
  auto const flags = per_thread ? CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM : CU_GET_PROC_ADDRESS_DEFAULT;
  EXPECT_EQ(cuGetProcAddress(name, &found, 13000, flags, nullptr), CUDA_SUCCESS) << name;
  return reinterpret_cast<Function*>(found);
}

TEST_F(callbacks, every_launching_call_in_every_variant) {
  for (unsigned const cbid : {115U, 116U, 117U, 307U, 442U, 477U, 478U, 514U, 515U, 652U, 653U}) {
    listen(CUPTI_CB_DOMAIN_DRIVER_API, cbid);
  }
  auto* const kernel = function("kernel");
  CUstream stream = nullptr;
  ASSERT_EQ(cuStreamCreate(&stream, 0), CUDA_SUCCESS);
  auto* const graph = make_graph(kernel, 2);
  CUlaunchConfig config{};
  config.gridDimX = 5;
  config.gridDimY = config.gridDimZ = config.blockDimY = config.blockDimZ = 1;
  config.blockDimX = 6;
  config.hStream = stream;
  std::vector<unsigned> expected;
  for (bool const per_thread : {false, true}) {
    auto* const plain = driver_function<decltype(cuLaunchKernel)>("cuLaunchKernel", per_thread);
    EXPECT_EQ(plain(kernel, 5, 1, 1, 6, 1, 1, 0, stream, nullptr, nullptr), CUDA_SUCCESS);
    auto* const extended = driver_function<decltype(cuLaunchKernelEx)>("cuLaunchKernelEx", per_thread);
    EXPECT_EQ(extended(&config, kernel, nullptr, nullptr), CUDA_SUCCESS);
    auto* const together =
        driver_function<decltype(cuLaunchCooperativeKernel)>("cuLaunchCooperativeKernel", per_thread);
    EXPECT_EQ(together(kernel, 5, 1, 1, 6, 1, 1, 0, stream, nullptr), CUDA_SUCCESS);
    auto* const whole = driver_function<decltype(cuGraphLaunch)>("cuGraphLaunch", per_thread);
    EXPECT_EQ(whole(graph, stream), CUDA_SUCCESS);
    for (unsigned const cbid :
         per_thread ? std::vector{442U, 653U, 478U, 515U} : std::vector{307U, 652U, 477U, 514U}) {
      expected.push_back(cbid);
    }
  }
  EXPECT_EQ(driver_function<CUresult(CUfunction)>("cuLaunch", false)(kernel), CUDA_SUCCESS);
  EXPECT_EQ((driver_function<CUresult(CUfunction, int, int)>("cuLaunchGrid", false)(kernel, 5, 2)),
            CUDA_SUCCESS);
  EXPECT_EQ((driver_function<CUresult(CUfunction, int, int, CUstream)>("cuLaunchGridAsync", false)(
                kernel, 5, 2, stream)),
            CUDA_SUCCESS);
  for (unsigned const cbid : {115U, 116U, 117U}) expected.push_back(cbid);
  EXPECT_EQ(standin_kernels_run(), 3U * 2 + 2 * 2 + 3);
  ASSERT_EQ(events_.size(), 2 * expected.size());
  for (std::size_t i = 0; i < events_.size(); ++i) {
    auto const& one = events_[i];
    bool const is_graph = one.cbid == 514 || one.cbid == 515;
    EXPECT_EQ(one.cbid, expected[i / 2]);
    EXPECT_EQ(one.site, static_cast<int>(i % 2));
    EXPECT_EQ(one.params.launched, is_graph ? static_cast<void*>(graph) : static_cast<void*>(kernel))
        << one.cbid;
    EXPECT_EQ(one.symbol, is_graph ? "" : "kernel");
    EXPECT_EQ(one.params.stream, one.cbid == 115 || one.cbid == 116 ? nullptr : stream) << one.cbid;
    EXPECT_EQ(one.params.grid_x, is_graph || one.cbid == 115 ? 0U : 5U) << one.cbid;
  }
}

TEST_F(callbacks, failed_launch_is_told_and_not_run) {
  listen(CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel);
  ASSERT_EQ(standin_add_faults("cuLaunchKernel#2=719"), 0);
  auto* const kernel = function("kernel");
  EXPECT_EQ(launch(kernel), CUDA_SUCCESS);
  EXPECT_EQ(launch(kernel), CUDA_ERROR_LAUNCH_FAILED);
  ASSERT_EQ(events_.size(), 4U);
  EXPECT_EQ(events_[3].result, CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(standin_kernels_run(), 1U);
}

TEST_F(callbacks, only_what_was_enabled) {
  listen(CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernelEx);
  auto* const kernel = function("kernel");
  launch(kernel);
  EXPECT_TRUE(events_.empty());
  CUlaunchConfig config{};
  config.gridDimX = config.gridDimY = config.gridDimZ = config.blockDimX = config.blockDimY =
      config.blockDimZ = 1;
  EXPECT_EQ(cuLaunchKernelEx(&config, kernel, nullptr, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(events_.size(), 2U);
  EXPECT_EQ(cuptiUnsubscribe(subscriber_), 0);
  EXPECT_EQ(cuLaunchKernelEx(&config, kernel, nullptr, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(events_.size(), 2U);
}

TEST_F(callbacks, contexts_and_lazy_modules) {
  EXPECT_EQ(cuptiEnableDomain(1, subscriber_, CUPTI_CB_DOMAIN_RESOURCE), 0);
  auto* const context = new_context();
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0].cbid, CUPTI_CBID_RESOURCE_CONTEXT_CREATED);
  EXPECT_EQ(events_[0].context, context);
  auto* const kernel = function("kernel");
  EXPECT_EQ(events_.size(), 1U) << "a module is loaded at its first launch";
  launch(kernel);
  launch(kernel);
  ASSERT_EQ(events_.size(), 2U);
  EXPECT_EQ(events_[1].cbid, CUPTI_CBID_RESOURCE_MODULE_LOADED);
  EXPECT_EQ(events_[1].module, "cubin");
  EXPECT_EQ(cuCtxDestroy(context), CUDA_SUCCESS);
  ASSERT_EQ(events_.size(), 3U);
  EXPECT_EQ(events_[2].cbid, CUPTI_CBID_RESOURCE_CONTEXT_DESTROY_STARTING);
}

TEST_F(callbacks, rule_30_cuda_calls) {
  listen(CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel);
  auto* const kernel = function("kernel");
  action_ = [] { cuCtxSynchronize(); };
  launch(kernel);
  EXPECT_EQ(standin_violations(), 0U);
  action_ = [] {
    CUcontext context = nullptr;
    cuCtxGetCurrent(&context);
  };
  launch(kernel);
  expect_broken(30, 2);
}

TEST_F(callbacks, rule_30_exception) {
  listen(CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel);
  auto* const kernel = function("kernel");
  action_ = [] { throw std::runtime_error("out of a callback"); };
  EXPECT_EQ(launch(kernel), CUDA_SUCCESS);
  expect_broken(30, 2);
}

TEST_F(callbacks, rule_30_slow) {
  listen(CUPTI_CB_DOMAIN_DRIVER_API, CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel);
  auto* const kernel = function("kernel");
  standin_set_callback_limit_ms(50);
  launch(kernel);
  EXPECT_EQ(standin_violations(), 0U);
  action_ = [] { std::this_thread::sleep_for(std::chrono::milliseconds(100)); };
  launch(kernel);
  expect_broken(30, 2);
}

TEST_F(callbacks, rule_31_what_there_is_not) {
  auto const enable = [](CUpti_SubscriberHandle who, int domain, unsigned cbid) {
    return cuptiEnableCallback(1, who, static_cast<CUpti_CallbackDomain>(domain), cbid);
  };
  int one = 0;
  EXPECT_EQ(enable(subscriber_, CUPTI_CB_DOMAIN_DRIVER_API, 807), 1);
  EXPECT_EQ(enable(subscriber_, CUPTI_CB_DOMAIN_DRIVER_API, 0), 1);
  EXPECT_EQ(enable(subscriber_, CUPTI_CB_DOMAIN_RESOURCE, 24), 1);
  EXPECT_EQ(enable(subscriber_, 99, 1), 1);
  EXPECT_EQ(enable(nullptr, CUPTI_CB_DOMAIN_DRIVER_API, 307), 1);
  EXPECT_EQ(enable(reinterpret_cast<CUpti_SubscriberHandle>(&one), CUPTI_CB_DOMAIN_DRIVER_API, 307), 1);
  EXPECT_EQ(cuptiUnsubscribe(nullptr), 1);
  expect_broken(31, 7);
  EXPECT_EQ(enable(subscriber_, CUPTI_CB_DOMAIN_DRIVER_API, 806), 0);
  standin_set_profile("13.1");
  EXPECT_EQ(enable(subscriber_, CUPTI_CB_DOMAIN_DRIVER_API, 845), 0);
  standin_set_profile("12.6.80");
  EXPECT_EQ(enable(subscriber_, CUPTI_CB_DOMAIN_DRIVER_API, 763), 1);
}

TEST_F(callbacks, one_subscriber) {
  CUpti_SubscriberHandle second = nullptr;
  EXPECT_EQ(cuptiSubscribe(&second, &callbacks::heard, this), 39);
  EXPECT_EQ(cuptiUnsubscribe(subscriber_), 0);
  EXPECT_EQ(cuptiSubscribe(&second, &callbacks::heard, this), 0);
}

TEST_F(callbacks, rule_28_who_holds_the_callbacks) {
  ASSERT_EQ(cuptiUnsubscribe(subscriber_), 0);
  auto params = PARAMS(CUpti_SubscriberParams);
  params.subscriberName = "one";
  char old[64] = "left over";
  params.oldSubscriberName = old;
  params.oldSubscriberSize = sizeof old;
  EXPECT_EQ(cuptiSubscribe_v2(&subscriber_, &callbacks::heard, this, &params), 0);
  EXPECT_STREQ(old, "");
  EXPECT_EQ(cuptiSubscribe_v2(&subscriber_, &callbacks::heard, this, &params), 39);
  EXPECT_STREQ(old, "CUPTI for one");
  EXPECT_EQ(cuptiUnsubscribe(subscriber_), 0);
  standin_set_holder("Nsight Systems");
  EXPECT_EQ(cuptiSubscribe(&subscriber_, &callbacks::heard, this), 39);
  EXPECT_EQ(cuptiSubscribe_v2(&subscriber_, &callbacks::heard, this, &params), 39);
  EXPECT_STREQ(old, "Nsight Systems");
  EXPECT_EQ(standin_violations(), 0U);
}

}  // namespace
