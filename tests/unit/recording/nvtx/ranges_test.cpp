// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/nvtx/ranges.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <string>

#include <gtest/gtest.h>

#include "flopwatch/scope.hpp"
#include "recording/recording.hpp"

namespace {

using flopwatch::phase;
namespace nvtx = flopwatch::detail::nvtx;

std::string take_log() {
  void* const tool = dlopen(std::getenv("NVTX_INJECTION64_PATH"), RTLD_NOLOAD | RTLD_LAZY);
  if (tool == nullptr) return "the tool is not loaded";
  return reinterpret_cast<char const* (*)()>(dlsym(tool, "take_nvtx_log"))();
}

TEST(nvtx_ranges, a_tool_receives_the_push_and_the_pop_of_every_scope) {
  ASSERT_TRUE(nvtx::attached());
  take_log();
  {
    flopwatch::scope const outer{"step", "loop"};
    flopwatch::scope const inner{"loss|a\\b"};
  }
  EXPECT_EQ(take_log(),
            "push flopwatch step|loop|1|forward\n"
            "push flopwatch step.loss\\|a\\\\b|scope|1|forward\n"
            "pop\npop\n");
}

TEST(nvtx_ranges, a_recording_gives_module_paths_and_call_numbers) {
  int model = 0;
  int child = 0;
  flopwatch::detail::module_names names;
  flopwatch::module_record record;
  record.type = "Net";
  names.add(&model, record);
  record.type = "Linear";
  names.add(&child, record);
  auto const root = names.add_path(0, "", &model);
  names.add_path(root, "fc", &child);
  flopwatch::detail::recording recording(std::move(names), {}, 100);
  recording.activate();
  take_log();
  auto const call = [](void const* module, auto const& inside) {
    flopwatch::detail::scope_token token;
    token.enter_module(module, typeid(int));
    inside();
    token.leave();
  };
  for (int step = 0; step < 2; ++step) {
    call(&model, [&] {
      call(&child, [] {});
      call(&child, [] {});
    });
  }
  recording.deactivate();
  EXPECT_EQ(take_log(),
            "push flopwatch |Net|1|forward\n"
            "push flopwatch fc|Linear|1|forward\npop\n"
            "push flopwatch fc|Linear|2|forward\npop\npop\n"
            "push flopwatch |Net|2|forward\n"
            "push flopwatch fc|Linear|1|forward\npop\n"
            "push flopwatch fc|Linear|2|forward\npop\npop\n");
}

TEST(nvtx_message, is_read_back_whatever_the_names) {
  for (std::string const path : {"", "a.b", "p|q", "back\\slash", "\\|", "new\nline", "\xE6\xA8\xA1"}) {
    auto const text = nvtx::message(path, "T<int|x>", 7, phase::recompute);
    nvtx::range r;
    ASSERT_TRUE(nvtx::parse(text, r)) << text;
    EXPECT_EQ(r.path, path);
    EXPECT_EQ(r.type, "T<int|x>");
    EXPECT_EQ(r.call, 7);
    EXPECT_EQ(r.in_phase, phase::recompute);
  }
}

TEST(nvtx_message, other_text_is_refused) {
  nvtx::range r;
  for (auto const* text : {"", "a|b", "a|b|1|forward|x", "a|b|x|forward", "a|b|0|forward", "a|b|1|sideways",
                           "a|b|1 |forward", "a|b|1|forward\\", "a|b|99999999999999999999|forward"}) {
    EXPECT_FALSE(nvtx::parse(text, r)) << text;
  }
}

}  // namespace
