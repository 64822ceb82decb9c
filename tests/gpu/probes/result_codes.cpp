// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"
#include "gpu/probes/rules.hpp"

namespace gpu_probes {
namespace {

void must(CUptiResult code, char const* call) {
  if (code != CUPTI_SUCCESS)
    throw std::runtime_error(std::string(call) + " answers " + words_for(code) +
                             " before the mistake can be made");
}

}  // namespace

scene& scene::lasting(setting const& s) { return *new scene(s); }

scene::scene(setting const& s)
    : device(s), kernel(device, "known_ffma"), profiler(device, metrics_of(device, {kernel.metric()})) {}

void scene::enable() { must(profiler.enable(device.context()), "Enable"); }

void scene::prepare() {
  enable();
  must(profiler.size(8), "GetCounterDataSize");
  must(profiler.initialise(), "CounterDataImageInitialize");
  must(profiler.set_config(), "SetConfig");
}

void scene::start() {
  prepare();
  must(profiler.start(), "Start");
}

void scene::stop() {
  start();
  known_counts::must(kernel.launch(), "cuLaunchKernel");
  known_counts::must(cuCtxSynchronize(), "cuCtxSynchronize");
  must(profiler.stop(), "Stop");
}

finding result_codes(setting const& s) {
  finding out;
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t crashed = 0;
  std::size_t not_made = 0;
  for (auto const list : {setup_mistakes(), running_mistakes(), context_mistakes()}) {
    for (auto const& one : list) {
      auto const answer = in_own_child([&] { return code_of(one.make(s)); });
      out.facts["rule_" + std::to_string(one.rule)][one.what] = answer;
      if (answer.contains("code")) {
        ++(answer["code"] == 0 ? accepted : refused);
      } else {
        ++(answer.contains("not_asked") ? not_made : crashed);
      }
    }
  }
  out.answer = "Of " + counted_word(accepted + refused + crashed + not_made, "mistake") + " " +
               std::to_string(refused) + " are refused with a code, " + std::to_string(accepted) +
               " are accepted, " + std::to_string(crashed) + " crash or hang, and " +
               std::to_string(not_made) + " could not be made.";
  return out;
}

}  // namespace gpu_probes
