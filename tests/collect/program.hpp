// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <cuda.h>
#include <gtest/gtest.h>

#include "flopwatch/capture.hpp"
#include "flopwatch/session.hpp"
#include "standin/control.hpp"

/// \file
/// Programs that launch kernels through the driver API, for tests on the stand-in driver.

namespace flopwatch::test {

inline constexpr char const* fadd_sum = "sm__sass_thread_inst_executed_op_fadd_pred_on.sum";
inline constexpr char const* ffma_sum = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
inline constexpr char const* tensor_bf16 = "sm__ops_path_tensor_src_bf16_dst_fp32.sum";

inline void must(CUresult code, char const* what) {
  if (code != CUDA_SUCCESS) throw std::runtime_error(std::string(what) + ": " + std::to_string(code));
}

/// A context with kernels in it. Its functions need the context current: call `use`.
class program {
 public:
  /// The primary context of a device, as the CUDA runtime takes it.
  explicit program(int device = 0) {
    must(cuInit(0), "cuInit");
    must(cuDeviceGet(&device_, device), "cuDeviceGet");
    must(cuDevicePrimaryCtxRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
    use();
    must(cuModuleLoadData(&module_, "kernels"), "cuModuleLoadData");
  }
  ~program() {
    if (own_) {
      cuCtxDestroy(context_);
    } else if (context_ != nullptr) {
      cuDevicePrimaryCtxRelease(device_);
    }
  }
  program(program const&) = delete;
  program& operator=(program const&) = delete;

  /// A separate context on the device, next to the primary one.
  struct own_context {};
  program(int device, own_context /*tag*/) {
    must(cuInit(0), "cuInit");
    must(cuDeviceGet(&device_, device), "cuDeviceGet");
    must(cuCtxCreate(&context_, nullptr, 0, device_), "cuCtxCreate");
    must(cuModuleLoadData(&module_, "kernels"), "cuModuleLoadData");
    own_ = true;
  }

  [[nodiscard]] CUstream new_stream() const {
    use();
    CUstream stream = nullptr;
    must(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    return stream;
  }
  void destroy() {
    if (own_) must(cuCtxDestroy(context_), "cuCtxDestroy");
    own_ = false;
    context_ = nullptr;
  }

  void use() const { must(cuCtxSetCurrent(context_), "cuCtxSetCurrent"); }

  [[nodiscard]] CUfunction function(char const* kernel) const {
    CUfunction f = nullptr;
    must(cuModuleGetFunction(&f, module_, kernel), "cuModuleGetFunction");
    return f;
  }

  CUresult try_launch(char const* kernel, unsigned blocks = 1, unsigned threads = 1,
                      CUstream stream = nullptr) {
    return cuLaunchKernel(function(kernel), blocks, 1, 1, threads, 1, 1, 0, stream, nullptr, nullptr);
  }
  void launch(char const* kernel, unsigned blocks = 1, unsigned threads = 1, CUstream stream = nullptr) {
    must(try_launch(kernel, blocks, threads, stream), "cuLaunchKernel");
  }

 private:
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  CUmodule module_ = nullptr;
  bool own_ = false;
};

/// What a session recorded, with its launches.
struct recorded {
  flopwatch::capture_data data;
  std::vector<flopwatch::launch_record> launches;
  std::vector<flopwatch::scope_range_record> ranges;

  explicit recorded(flopwatch::result const& result, std::string const& path) {
    result.save(path);
    flopwatch::capture_reader const reader(path);
    data = reader.load();
    reader.for_each_launch([&](auto const& l) {
      launches.push_back(l);
      return true;
    });
    reader.for_each_scope_range([&](auto const& r) {
      ranges.push_back(r);
      return true;
    });
  }

  /// Counters of one launch, or of one scope range, by metric name; absent ones were not collected.
  [[nodiscard]] std::map<std::string, double> counters(std::size_t launch) const {
    return by_name(launches.at(launch).counters);
  }
  [[nodiscard]] std::map<std::string, double> range_counters(std::size_t range) const {
    return by_name(ranges.at(range).counters);
  }
  /// Counters of every launch that was counted by itself, then of every scope range.
  [[nodiscard]] std::vector<std::map<std::string, double>> measured() const {
    std::vector<std::map<std::string, double>> out;
    for (auto const& l : launches) {
      if (l.plan != 0) out.push_back(by_name(l.counters));
    }
    for (auto const& range : ranges) out.push_back(by_name(range.counters));
    return out;
  }
  [[nodiscard]] std::string kernel(std::size_t launch) const {
    return data.kernels.at(static_cast<std::size_t>(launches.at(launch).kernel - 1)).name;
  }
  [[nodiscard]] std::string scope(std::size_t launch) const { return path_of(launches.at(launch).scope); }
  [[nodiscard]] std::string range_scope(std::size_t range) const { return path_of(ranges.at(range).scope); }
  [[nodiscard]] std::vector<std::string> losses() const {
    std::vector<std::string> out;
    for (auto const& l : data.losses) out.push_back(l.kind);
    return out;
  }

 private:
  [[nodiscard]] std::map<std::string, double> by_name(
      std::vector<std::optional<double>> const& counters) const {
    std::map<std::string, double> out;
    for (std::size_t m = 0; m < counters.size(); ++m) {
      if (counters[m]) out[data.metrics.at(m).name] = *counters[m];
    }
    return out;
  }
  [[nodiscard]] std::string path_of(std::int64_t scope) const {
    for (auto const& s : data.scopes) {
      if (s.id == scope) return s.path;
    }
    return "";
  }
};

class collect : public testing::Test {
 protected:
  void SetUp() override { standin_reset(); }
  void TearDown() override {
    for (unsigned long long i = 0; i < standin_violations(); ++i) {
      standin_violation v{};
      standin_violation_at(i, &v);
      ADD_FAILURE() << "rule " << v.rule << " broken in " << v.function << ": " << v.text;
    }
  }
  [[nodiscard]] recorded record_of(flopwatch::result const& result) const {
    auto const* const test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = test->name();
    std::replace(name.begin(), name.end(), '/', '-');
    return recorded(result, testing::TempDir() + "collect-" + name + ".flops");
  }
  /// What a session with these options counts of `body`.
  [[nodiscard]] recorded counted(flopwatch::session_options options,
                                 std::function<void()> const& body) const {
    flopwatch::session session{std::move(options)};
    return record_of(session.count(body));
  }
};

}  // namespace flopwatch::test
