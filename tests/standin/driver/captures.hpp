// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

#include "driver/handles.hpp"

/// \file
/// Stream captures. Sources: cuda.h at cuStreamBeginCapture, cuStreamEndCapture,
/// cuThreadExchangeStreamCaptureMode and the codes 900 to 908; the programming guide's section "Prohibited
/// and Unhandled Operations".

namespace standin {

struct stream_capture {
  CUcontext context = nullptr;
  CUstream origin = nullptr;
  CUgraph graph = nullptr;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
  std::thread::id begun_by;
  std::vector<CUstream> streams;  ///< the origin first, then those that events brought in
  bool invalid = false;
};

/// The three special handles of default streams, cuda.h.
[[nodiscard]] bool is_default(CUstream stream);

/// Whether a launch into the stream goes into a capture. Then it is a node by now, or `bad` says why not.
bool is_captured(CUcontext context, CUstream stream, CUgraphNode_st node, CUresult& bad);

/// Of calls that ask for the state of a stream, an event or a context, or wait for it: what is captured has
/// none, and its capture breaks.
[[nodiscard]] CUresult check_status(CUstream stream);
[[nodiscard]] CUresult check_status(CUevent event);
[[nodiscard]] CUresult check_status(CUcontext context);
/// Of potentially unsafe calls (cuMemAlloc): whether this thread's mode and the open captures allow them.
[[nodiscard]] CUresult check_unsafe();

void record_event(CUevent event, CUstream stream);
[[nodiscard]] CUresult wait_for_event(CUstream stream, CUevent event);

/// For CUPTI's side: breaks every open capture. False where there is none.
bool break_captures();
void forget_captures();

}  // namespace standin
