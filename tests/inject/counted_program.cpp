// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A CUDA program on the stand-in driver that knows nothing of flopwatch: what `flopwatch run` starts in
// tests. Each argument is a step, in order:
//
//   launch:KERNEL[:TIMES]   launches KERNEL, which the stand-in counts as 7 FFMA for "fma" and 3 FADD for
//   "add" push:NAME[:DOMAIN]  pop[::DOMAIN]  start:NAME  end  registered:NAME   NVTX ranges
//   cpp:NAME:KERNEL  c:NAME:KERNEL   a launch in a range of NVTX's C++ header, or of a part written in C
//   thread:KERNEL:NAME      on a second thread: a range of that name, with a launch in it
//   bare-thread:KERNEL      on a second thread: a launch in no range of its own
//   started-elsewhere:NAME  starts a range on a second thread, which ends
//   ended-elsewhere         ends the range that was started last, on a second thread
//   profiler:on  profiler:off   cuProfilerStart, cuProfilerStop
//   init  initialises CUDA      sync   waits for the GPU        fork:KERNEL   a child that does all of this
//   itself, and launches KERNEL print:TEXT  to stdout    warn:TEXT  to stderr    sleep:MS exit:CODE
//   quick_exit:CODE    signal:N  raises it    killed-after-us:N    env:NAME  prints a variable
//   killed-by:FILE          as soon as that file is there
//   steadily:KERNEL:MS      launches KERNEL, again and again after so many milliseconds, for a minute or two
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <cuda.h>
#include <nvtx3/nvToolsExt.h>
#include <nvtx3/nvtx3.hpp>

#include "inject/c_ranges.h"
#include "standin/control.hpp"

// cudaProfiler.h comes with a toolkit alone.
extern "C" CUresult cuProfilerStart(void);
extern "C" CUresult cuProfilerStop(void);

namespace {

constexpr char const* ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
constexpr char const* fadd = "sm__sass_thread_inst_executed_op_fadd_pred_on.sum";

std::vector<std::string> split(std::string const& text) {
  std::vector<std::string> out(1);
  for (char const c : text) c == ':' ? out.emplace_back() : out.back() += c;
  out.resize(std::max<std::size_t>(out.size(), 3));
  return out;
}

int number(std::string const& text, int otherwise) {
  int out = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

void must(CUresult code, char const* what) {
  if (code == CUDA_SUCCESS) return;
  std::fprintf(stderr, "%s answered %d\n", what, static_cast<int>(code));
  std::exit(70);
}

/// The GPU, at its first use.
class gpu {
 public:
  gpu() {
    must(cuInit(0), "cuInit");
    standin_set_callback_limit_ms(120000);  // CUPTI itself makes the plan, for seconds on a busy machine
    standin_kernel_value("fma", ffma, 7, 0);
    standin_kernel_value("add", fadd, 3, 0);
    must(cuDevicePrimaryCtxRetain(&context_, 0), "cuDevicePrimaryCtxRetain");
    use();
    must(cuModuleLoadData(&module_, "kernels"), "cuModuleLoadData");
  }
  void use() const { must(cuCtxSetCurrent(context_), "cuCtxSetCurrent"); }
  void launch(std::string const& kernel) const {
    CUfunction function = nullptr;
    must(cuModuleGetFunction(&function, module_, kernel.c_str()), "cuModuleGetFunction");
    must(cuLaunchKernel(function, 2, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr), "cuLaunchKernel");
  }

 private:
  CUcontext context_ = nullptr;
  CUmodule module_ = nullptr;
};

std::optional<gpu> the_gpu;

gpu& device() {
  if (!the_gpu) the_gpu.emplace();
  return *the_gpu;
}

nvtxDomainHandle_t domain(std::string const& name) {
  static std::map<std::string, nvtxDomainHandle_t> known;
  if (name.empty()) return nullptr;
  auto const [it, is_new] = known.try_emplace(name, nullptr);
  if (is_new) it->second = nvtxDomainCreateA(name.c_str());
  return it->second;
}

void push(std::string const& name, std::string const& where) {
  if (where.empty()) {
    nvtxRangePushA(name.c_str());
    return;
  }
  nvtxEventAttributes_t a{};
  a.version = NVTX_VERSION;
  a.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  a.messageType = NVTX_MESSAGE_TYPE_ASCII;
  a.message.ascii = name.c_str();
  nvtxDomainRangePushEx(domain(where), &a);
}

void push_registered(std::string const& name) {
  nvtxEventAttributes_t a{};
  a.version = NVTX_VERSION;
  a.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  a.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
  a.message.registered = nvtxDomainRegisterStringA(domain("words"), name.c_str());
  nvtxDomainRangePushEx(domain("words"), &a);
}

struct cpp_domain {
  static constexpr char const* name = "cpp";
};

std::vector<nvtxRangeId_t> started;  ///< and not ended

void end_last() {
  nvtxRangeEnd(started.back());
  started.pop_back();
}

void step(std::string const& text) {
  auto const words = split(text);
  auto const& what = words[0];
  if (what == "launch") {
    for (int i = number(words[2], 1); i > 0; --i) device().launch(words[1]);
  } else if (what == "push") {
    push(words[1], words[2]);
  } else if (what == "pop") {
    words[2].empty() ? nvtxRangePop() : nvtxDomainRangePop(domain(words[2]));
  } else if (what == "start") {
    started.push_back(nvtxRangeStartA(words[1].c_str()));
  } else if (what == "started-elsewhere") {
    std::thread([&] { started.push_back(nvtxRangeStartA(words[1].c_str())); }).join();
  } else if (what == "end") {
    end_last();
  } else if (what == "ended-elsewhere") {
    std::thread(&end_last).join();
  } else if (what == "registered") {
    push_registered(words[1]);
  } else if (what == "cpp") {
    nvtx3::scoped_range_in<cpp_domain> const range{words[1]};
    device().launch(words[2]);
  } else if (what == "c") {
    push_from_c(words[1].c_str());
    device().launch(words[2]);
    pop_from_c();
  } else if (what == "init") {
    must(cuInit(0), "cuInit");
  } else if (what == "thread") {
    device();
    std::thread([&] {
      device().use();
      push(words[2], "");
      device().launch(words[1]);
      nvtxRangePop();
    }).join();
  } else if (what == "bare-thread") {
    device();
    std::thread([&] {
      device().use();
      device().launch(words[1]);
    }).join();
  } else if (what == "profiler") {
    device();
    must(words[1] == "on" ? cuProfilerStart() : cuProfilerStop(), "cuProfiler");
  } else if (what == "sync") {
    must(cuCtxSynchronize(), "cuCtxSynchronize");
  } else if (what == "fork") {
    std::fflush(nullptr);
    if (auto const child = fork(); child == 0) {
      device().launch(words[1]);
      std::exit(0);
    } else {
      waitpid(child, nullptr, 0);
    }
  } else if (what == "print") {
    std::puts(words[1].c_str());
  } else if (what == "warn") {
    std::fprintf(stderr, "%s\n", words[1].c_str());
  } else if (what == "sleep") {
    std::this_thread::sleep_for(std::chrono::milliseconds(number(words[1], 0)));
  } else if (what == "exit") {
    std::exit(number(words[1], 0));
  } else if (what == "quick_exit") {
    std::fflush(nullptr);
    _exit(number(words[1], 0));
  } else if (what == "signal") {
    std::raise(number(words[1], SIGTERM));
  } else if (what == "killed-after-us") {
    std::thread([after = std::chrono::microseconds(number(words[1], 0))] {
      std::this_thread::sleep_for(after);
      std::raise(SIGKILL);
    }).detach();
  } else if (what == "killed-by") {
    std::thread([file = words[1]] {
      while (access(file.c_str(), F_OK) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      std::raise(SIGKILL);
    }).detach();
  } else if (what == "steadily") {
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(100);
    while (std::chrono::steady_clock::now() < end) {
      device().launch(words[1]);
      std::this_thread::sleep_for(std::chrono::milliseconds(number(words[2], 1)));
    }
  } else if (what == "env") {
    auto const* const value = std::getenv(words[1].c_str());
    std::puts(value == nullptr ? "(not set)" : value);
  } else {
    std::fprintf(stderr, "unknown step %s\n", text.c_str());
    std::exit(71);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) step(argv[i]);
}
