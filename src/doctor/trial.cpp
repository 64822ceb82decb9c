// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/trial.hpp"

#include <array>
#include <exception>

#include <fmt/format.h>

#include "cupti/driver_api.hpp"
#include "cupti/host.hpp"
#include "cupti/range_session.hpp"
#include "cupti/result_text.hpp"
#include "flopwatch/metrics.hpp"

namespace flopwatch::doctor {
using namespace cupti;
namespace {

constexpr unsigned threads = 64;
constexpr int fused_multiply_adds = 8;  // of each thread

// Eight FFMA on sm_75, 80, 89, 90, 100 and 120, by nvdisasm of what ptxas 13.0 makes of it. Its values depend
// on the thread, so that no compiler can work them out, or work them out once for all threads.
constexpr char const* kernel_name = "flopwatch_doctor";
constexpr char const* program = R"(
.version 6.3
.target sm_75
.address_size 64
.visible .entry flopwatch_doctor(.param .u64 out)
{
  .reg .b32 %i<2>;
  .reg .f32 %f<3>;
  .reg .b64 %d<4>;
  mov.u32 %i1, %tid.x;
  cvt.rn.f32.u32 %f1, %i1;
  mov.f32 %f2, %f1;
  fma.rn.f32 %f1, %f1, %f2, %f2;
  fma.rn.f32 %f1, %f1, %f2, %f2;
  fma.rn.f32 %f1, %f1, %f2, %f2;
  fma.rn.f32 %f1, %f1, %f2, %f2;
  fma.rn.f32 %f1, %f1, %f2, %f2;
  fma.rn.f32 %f1, %f1, %f2, %f2;
  fma.rn.f32 %f1, %f1, %f2, %f2;
  fma.rn.f32 %f1, %f1, %f2, %f2;
  ld.param.u64 %d1, [out];
  cvta.to.global.u64 %d2, %d1;
  mul.wide.u32 %d3, %i1, 4;
  add.s64 %d3, %d2, %d3;
  st.global.f32 [%d3], %f1;
  ret;
}
)";

void need(CUresult code, char const* function) {
  if (code == CUDA_SUCCESS) return;
  throw cupti_error(
      fmt::format("The driver refused {} (code {}); see whether other CUDA programs run on this GPU.",
                  function, static_cast<int>(code)),
      exit_code::no_device);
}

/// The kernel in the current context, with the memory that it writes to.
class trial_kernel {
 public:
  explicit trial_kernel(driver_api const& driver) : driver_(&driver) {
    need(driver.cuModuleLoadData(&module_, program), "cuModuleLoadData");
    try {
      need(driver.cuModuleGetFunction(&function_, module_, kernel_name), "cuModuleGetFunction");
      need(driver.cuMemAlloc_v2(&memory_, threads * sizeof(float)), "cuMemAlloc");
    } catch (...) {
      release();
      throw;
    }
  }
  ~trial_kernel() { release(); }
  trial_kernel(trial_kernel const&) = delete;
  trial_kernel& operator=(trial_kernel const&) = delete;

  void run() {
    std::array<void*, 1> arguments{&memory_};
    need(driver_->cuLaunchKernel(function_, 1, 1, 1, threads, 1, 1, 0, nullptr, arguments.data(), nullptr),
         "cuLaunchKernel");
    need(driver_->cuCtxSynchronize(), "cuCtxSynchronize");
  }

 private:
  void release() noexcept {
    if (memory_ != 0) static_cast<void>(driver_->cuMemFree_v2(memory_));
    static_cast<void>(driver_->cuModuleUnload(module_));
  }

  driver_api const* driver_;
  CUmodule module_ = nullptr;
  CUfunction function_ = nullptr;
  CUdeviceptr memory_ = 0;
};

double counted(api const& cupti, int device, std::string const& chip,
               std::vector<std::uint8_t> const& availability) {
  std::vector<std::string> const metrics{derived_metric_from("flop_count_sp_fma")->terms.front().metric};
  host planner(chip, availability);
  planner.add_metrics(metrics);
  auto const& driver = opened_driver();
  primary_context const context(driver, device);
  current_context const current(driver, context.get());
  trial_kernel kernel(driver);
  range_request request;
  request.context = context.get();
  request.metrics = metrics;
  request.config = planner.config_image();
  request.max_ranges = 1;
  range_session session(cupti, std::move(request));
  session.start();
  kernel.run();
  static_cast<void>(session.stop());
  static_cast<void>(session.decode());
  if (session.ranges() != 1) {
    throw cupti_error(
        fmt::format("CUPTI measured {} kernels where 1 ran; see whether another profiler is at work.",
                    session.ranges()),
        exit_code::no_device);
  }
  host evaluator(chip, availability);
  return evaluator.evaluate(session.image(), 0, metrics).at(0);
}

/// The sentence of a refused call. The trial asks for one range of one metric, so that a remedy to ask for
/// fewer does not fit.
std::string sentence_of(refused_call const& e) {
  std::string text = e.what();
  auto const code = e.result();
  if (code == CUPTI_ERROR_INVALID_OPERATION || code == CUPTI_ERROR_MAX_LIMIT_REACHED)
    text = text.substr(0, text.rfind("; ")) + "; end other profilers, and report it if that does not help";
  return text;
}

}  // namespace

trial_facts try_counting(api const& cupti, int device, std::string const& chip,
                         std::vector<std::uint8_t> const& availability) noexcept {
  trial_facts out;
  out.counting.done = true;
  out.expected = threads * fused_multiply_adds;
  try {
    out.read = counted(cupti, device, chip, availability);
  } catch (refused_call const& e) {
    out.counting.error = sentence_of(e);
    out.counting.code = e.code();
  } catch (error const& e) {
    out.counting.error = e.what();
    out.counting.code = e.code();
  } catch (std::exception const& e) {
    out.counting.error = e.what();
    out.counting.code = exit_code::no_device;
  }
  return out;
}

}  // namespace flopwatch::doctor
