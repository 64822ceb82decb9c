// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// generated_cuda_meta.h also names the oldest types, which cuda.h shows only under this name.
#define __CUDA_API_VERSION_INTERNAL  // NOLINT(bugprone-reserved-identifier)
#include "collect/capture_call.hpp"

#include <array>
#include <generated_cuda_meta.h>

namespace flopwatch::collect {
namespace {

// By number, as the launching calls.
enum : CUpti_CallbackId {
  cu_begin_capture = 495,
  cu_begin_capture_ptsz = 496,
  cu_end_capture = 497,
  cu_end_capture_ptsz = 498,
  cu_begin_capture_v2 = 539,
  cu_begin_capture_v2_ptsz = 540,
  cu_exec_update = 561,
  cu_exec_update_v2 = 696,
  cu_begin_capture_to_graph = 720,
  cu_begin_capture_to_graph_ptsz = 721,
};

constexpr std::array<CUpti_CallbackId, 10> all{
    cu_begin_capture,          cu_begin_capture_ptsz,          cu_end_capture, cu_end_capture_ptsz,
    cu_begin_capture_v2,       cu_begin_capture_v2_ptsz,       cu_exec_update, cu_exec_update_v2,
    cu_begin_capture_to_graph, cu_begin_capture_to_graph_ptsz,
};

/// The stream comes first in the parameters of each.
CUstream stream_of(void const* params) noexcept {
  return static_cast<cuStreamBeginCapture_params const*>(params)->hStream;
}

}  // namespace

std::span<CUpti_CallbackId const> capture_callbacks() noexcept { return all; }

capture_call read_capture_call(CUpti_CallbackId id, void const* params) noexcept {
  switch (id) {
    case cu_begin_capture:
    case cu_begin_capture_ptsz:
    case cu_begin_capture_v2:
    case cu_begin_capture_v2_ptsz:
    case cu_begin_capture_to_graph:
    case cu_begin_capture_to_graph_ptsz:
      return {capture_kind::begin, stream_of(params)};
    case cu_end_capture:
    case cu_end_capture_ptsz:
      return {capture_kind::end, stream_of(params)};
    case cu_exec_update:
    case cu_exec_update_v2: {
      // The first two parameters are the same in both.
      auto const& p = *static_cast<cuGraphExecUpdate_v2_params const*>(params);
      return {capture_kind::update, nullptr, p.hGraphExec, p.hGraph};
    }
    default:
      return {};
  }
}

bool closes_capture(CUresult code) noexcept {
  switch (code) {
    case CUDA_ERROR_INVALID_VALUE:
    case CUDA_ERROR_INVALID_HANDLE:
    case CUDA_ERROR_ILLEGAL_STATE:  // no capture on this stream
    case CUDA_ERROR_STREAM_CAPTURE_UNMATCHED:
    case CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD:
      return false;
    default:
      return true;
  }
}

}  // namespace flopwatch::collect
