// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

/// A name that is overwritten while CUPTI could still read it.
class passing_name {
 public:
  explicit passing_name(char const* text) { write(text); }
  void write(char const* text) { std::strncpy(text_.data(), text, text_.size() - 1); }
  [[nodiscard]] char const* get() const noexcept { return text_.data(); }

 private:
  std::array<char, 64> text_{};
};

}  // namespace

finding push_copies_name(setting const& s) {
  gpu const device(s);
  program const kernel(device, "known_ffma");
  passing_name inside("one_as_pushed");
  passing_name later("two_as_pushed");
  raw_profiler profiler(device, metrics_of(device, {kernel.metric()}));
  profiler.modes.range = CUPTI_UserRange;
  finding out;
  auto const call = [&](char const* name, CUptiResult code) { out.facts[name] = code_of(code); };

  call("enable", profiler.enable(device.context()));
  call("get_counter_data_size", profiler.size(8));
  call("counter_data_image_initialize", profiler.initialise());
  call("set_config", profiler.set_config());
  call("start", profiler.start());
  call("push_one", profiler.push(inside.get()));
  inside.write("one_overwritten_before_the_pop");
  out.facts["launch_one"] = code_of(kernel.launch());
  call("pop_one", profiler.pop());
  call("push_two", profiler.push(later.get()));
  out.facts["launch_two"] = code_of(kernel.launch());
  call("pop_two", profiler.pop());
  later.write("two_overwritten_after_the_pop");
  out.facts["synchronise"] = code_of(cuCtxSynchronize());
  call("stop", profiler.stop());
  call("decode", profiler.decode());
  if (out.facts["decode"]["code"] != 0) {
    call("disable", profiler.disable());
    out.answer = "No ranges could be decoded: see the codes.";
    return out;
  }
  auto names = json::array();
  for (std::size_t i = 0; i < profiler.ranges(); ++i) names.push_back(profiler.range_name(i));
  call("disable", profiler.disable());
  out.facts["range_names"] = names;
  bool const copied = names == json{"one_as_pushed", "two_as_pushed"};
  out.answer = copied
                   ? "Push copies the name: the buffer can change at once."
                   : "Push does not copy the name in every case: the decoded names are " + names.dump() + ".";
  return out;
}

}  // namespace gpu_probes
