// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cupti_activity.h>
#include <cupti_callbacks.h>
#include <cupti_result.h>
#include <cupti_version.h>

#include "target/check.hpp"
#include "target/hooks.hpp"
#include "target/real.hpp"

/// \file
/// What LibTorch's own profiler needs of CUPTI, passed on to the real one: so the stand-in can
/// come first in a process with LibTorch.

using namespace standin;

#define STANDIN_PASS_ON(name, parameters, arguments)                               \
  CUptiResult name parameters {                                                    \
    static auto* const real_one = STANDIN_REAL(name);                              \
    return real_one == nullptr ? CUPTI_ERROR_NOT_INITIALIZED : real_one arguments; \
  }

extern "C" {

STANDIN_PASS_ON(cuptiActivityEnable, (CUpti_ActivityKind kind), (kind))
STANDIN_PASS_ON(cuptiActivityDisable, (CUpti_ActivityKind kind), (kind))
STANDIN_PASS_ON(cuptiActivityEnableCudaEventDeviceTimestamps, (uint8_t enable), (enable))
STANDIN_PASS_ON(cuptiActivityEnableDriverApi, (CUpti_CallbackId cbid, uint8_t enable), (cbid, enable))
STANDIN_PASS_ON(cuptiActivityEnableRuntimeApi, (CUpti_CallbackId cbid, uint8_t enable), (cbid, enable))
STANDIN_PASS_ON(cuptiActivityFlushAll, (uint32_t flag), (flag))
STANDIN_PASS_ON(cuptiActivityGetNextRecord, (uint8_t * buffer, size_t bytes, CUpti_Activity** record),
                (buffer, bytes, record))
STANDIN_PASS_ON(cuptiActivityGetNumDroppedRecords, (CUcontext context, uint32_t stream, size_t* dropped),
                (context, stream, dropped))
STANDIN_PASS_ON(cuptiActivityPopExternalCorrelationId, (CUpti_ExternalCorrelationKind kind, uint64_t* id),
                (kind, id))
STANDIN_PASS_ON(cuptiActivityPushExternalCorrelationId, (CUpti_ExternalCorrelationKind kind, uint64_t id),
                (kind, id))
STANDIN_PASS_ON(cuptiActivityRegisterCallbacks,
                (CUpti_BuffersCallbackRequestFunc requested, CUpti_BuffersCallbackCompleteFunc completed),
                (requested, completed))
STANDIN_PASS_ON(cuptiActivityRegisterTimestampCallback, (CUpti_TimestampCallbackFunc function), (function))
STANDIN_PASS_ON(cuptiActivitySetAttribute, (CUpti_ActivityAttribute attribute, size_t* size, void* value),
                (attribute, size, value))
STANDIN_PASS_ON(cuptiGetErrorMessage, (CUptiResult code, char const** text), (code, text))
STANDIN_PASS_ON(cuptiGetTimestamp, (uint64_t * timestamp), (timestamp))
STANDIN_PASS_ON(cuptiGetCallbackName, (CUpti_CallbackDomain domain, uint32_t cbid, char const** name),
                (domain, cbid, name))

CUptiResult cuptiGetResultString(CUptiResult code, char const** text) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  static auto* const function = STANDIN_REAL(cuptiGetResultString);
  return function == nullptr ? CUPTI_ERROR_NOT_INITIALIZED : function(code, text);
}

CUptiResult cuptiFinalize(void) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  forget_subscriber();
  return real_is_open() ? STANDIN_REAL(cuptiFinalize)() : CUPTI_SUCCESS;
}

/// Rule 32: 24, 26, 27, then 13MMpp (cupti_version.h of each version).
CUptiResult cuptiGetVersion(uint32_t* version) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  if (version == nullptr) return refuse(1, __func__, 1, "version is NULL");
  int const emulated = state().version;
  *version = emulated < 120800   ? 24U
             : emulated < 120900 ? 26U
             : emulated < 130000 ? 27U
                                 : static_cast<uint32_t>(emulated);
  return CUPTI_SUCCESS;
}

}  // extern "C"
