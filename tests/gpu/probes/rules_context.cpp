// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "gpu/probes/rules.hpp"

namespace gpu_probes {
namespace {

using known_counts::must;

/// Current from now on.
CUcontext another_context(setting const& s) {
  CUdevice device = 0;
  must(cuDeviceGet(&device, s.device), "cuDeviceGet");
  CUcontext context = nullptr;
  must(cuCtxCreate(&context, nullptr, 0, device), "cuCtxCreate");
  return context;
}

CUptiResult with_other_context(setting const& s, bool started, CUptiResult (*call)(raw_profiler&)) {
  auto& x = scene::lasting(s);
  started ? x.start() : x.prepare();
  another_context(s);
  return call(x.profiler);
}

CUptiResult with_no_context(setting const& s, bool started, CUptiResult (*call)(raw_profiler&)) {
  auto& x = scene::lasting(s);
  started ? x.start() : x.prepare();
  must(cuCtxSetCurrent(nullptr), "cuCtxSetCurrent");
  return call(x.profiler);
}

CUptiResult enable_dead(setting const& s) {
  auto& x = scene::lasting(s);
  auto* const dead = another_context(s);
  must(cuCtxDestroy(dead), "cuCtxDestroy");
  must(cuCtxSetCurrent(x.device.context()), "cuCtxSetCurrent");
  return x.profiler.enable(dead);
}

CUptiResult disable_after_destroy(setting const& s) {
  auto& x = scene::lasting(s);
  auto* const context = another_context(s);
  auto const enabled = x.profiler.enable(context);
  if (enabled != CUPTI_SUCCESS) return enabled;
  must(cuCtxDestroy(context), "cuCtxDestroy");
  return x.profiler.disable();
}

CUptiResult start(raw_profiler& p) { return p.start(); }
CUptiResult stop(raw_profiler& p) { return p.stop(); }
CUptiResult disable(raw_profiler& p) { return p.disable(); }

CUptiResult decode(raw_profiler& p) {
  auto const code = p.stop();
  return code == CUPTI_SUCCESS ? p.decode() : code;
}

constexpr std::array list{
    mistake{7, "Enable of NULL with no context current",
            [](setting const& s) {
              auto& x = scene::lasting(s);
              must(cuCtxSetCurrent(nullptr), "cuCtxSetCurrent");
              return x.profiler.enable(nullptr);
            }},
    mistake{7, "Enable of a destroyed context", enable_dead},
    mistake{7, "Enable twice on one context",
            [](setting const& s) {
              auto& x = scene::lasting(s);
              x.enable();
              return x.profiler.enable(x.device.context());
            }},
    mistake{26, "Start with no context current",
            [](setting const& s) { return with_no_context(s, false, start); }},
    mistake{26, "Start with another context current",
            [](setting const& s) { return with_other_context(s, false, start); }},
    mistake{26, "Stop with no context current",
            [](setting const& s) { return with_no_context(s, true, stop); }},
    mistake{26, "Stop with another context current",
            [](setting const& s) { return with_other_context(s, true, stop); }},
    mistake{26, "Stop and Decode with another context current",
            [](setting const& s) { return with_other_context(s, true, decode); }},
    mistake{26, "Disable with another context current",
            [](setting const& s) { return with_other_context(s, false, disable); }},
    mistake{27, "Disable after the context was destroyed", disable_after_destroy},
};

}  // namespace

std::span<mistake const> context_mistakes() { return list; }

}  // namespace gpu_probes
