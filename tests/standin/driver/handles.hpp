// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/link.hpp"

/// \file
/// What the driver's handles point to. None is ever freed: a dead handle is answered like the real driver's.

namespace standin {

/// Of a CUfunction and of a CUkernel, which the launching calls take as well.
struct kernel_handle {
  bool is_kernel = false;
  kernel_definition* definition = nullptr;  ///< has its name
  CUmodule module = nullptr;                ///< of a CUfunction
  std::atomic<unsigned> block_threads{1};   ///< by cuFuncSetBlockShape, for the launching calls of old
};

}  // namespace standin

struct CUctx_st : standin::context_info {
  bool primary = false;
  unsigned flags = 0;
  std::mutex launching;  ///< for standin_set_serial_launches
};

namespace standin {

struct stream_capture;
/// By stream, how much of its captured work comes before something.
using capture_clock = std::map<CUstream, int>;

}  // namespace standin

struct CUstream_st {
  CUcontext context = nullptr;
  unsigned flags = 0;
  std::uint64_t id = 0;
  std::atomic<bool> alive{true};
  std::atomic<standin::stream_capture*> capture{nullptr};
  standin::capture_clock before;  ///< of the captured work that comes next; under the captures' lock
};

struct CUfunc_st : standin::kernel_handle {};
struct CUkern_st : standin::kernel_handle {
  CUlibrary library = nullptr;
};

struct CUmod_st {
  CUcontext context = nullptr;
  std::uint32_t id = 0;
  std::string image;
  std::atomic<bool> announced{false};
  std::atomic<bool> unloaded{false};
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<CUfunc_st>> functions;
};

struct CUlib_st {
  std::string image;
  std::atomic<bool> unloaded{false};
  std::atomic<CUcontext> last_context{nullptr};  ///< that launched
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<CUkern_st>> kernels;
  std::map<CUcontext, std::uint32_t> modules;  ///< their numbers
};

struct CUevent_st {
  CUcontext context = nullptr;
  std::atomic<standin::stream_capture*> capture{nullptr};  ///< that it was last recorded in
  standin::capture_clock before;                           ///< under the captures' lock
};

/// A kernel, or another graph.
struct CUgraphNode_st {
  standin::kernel_handle* kernel = nullptr;
  std::uint64_t threads = 0;
  std::vector<CUgraphNode_st> child;
  standin::parameter_values parameters;  ///< as they were when the node was made
};
struct CUgraph_st {
  std::mutex mutex;
  std::vector<std::unique_ptr<CUgraphNode_st>> nodes;
};
struct CUgraphExec_st {
  std::mutex mutex;
  std::vector<CUgraphNode_st> nodes;
};

namespace standin {

/// Keeps every handle of a kind, for ever.
template <class Handle>
Handle* keep(std::unique_ptr<Handle> handle) {
  static std::mutex mutex;
  static auto& all = *new std::vector<std::unique_ptr<Handle>>;
  std::lock_guard const lock(mutex);
  return all.emplace_back(std::move(handle)).get();
}

}  // namespace standin
