// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>

#include <cupti_callbacks.h>

/// \file
/// A tool that the driver loads by CUDA_INJECTION64_PATH, and that writes down what it met.

namespace {

void note(char const* text) {
  std::ofstream(std::getenv("STANDIN_INJECTED_NOTE"), std::ios::app) << text << '\n';
}

void heard(void*, CUpti_CallbackDomain, CUpti_CallbackId cbid, void const*) {
  if (cbid == CUPTI_CBID_RESOURCE_CU_INIT_FINISHED) note("init finished");
}

}  // namespace

extern "C" int InitializeInjection(void) {
  CUpti_SubscriberHandle subscriber = nullptr;
  CUptiResult const code = cuptiSubscribe(&subscriber, heard, nullptr);
  note(code == CUPTI_SUCCESS ? "subscribe 0" : "subscribe failed");
  cuptiEnableDomain(1, subscriber, CUPTI_CB_DOMAIN_RESOURCE);
  return 1;
}
