// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/other_profilers.hpp"

#include <sstream>

#include <gmock/gmock.h>

using namespace flopwatch::detail;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

bool at_work = false;

TEST(other_profilers, are_found_by_the_libraries_that_they_load) {
  std::istringstream maps(
      "7f0000000000-7f0000001000 r-xp 00000000 08:01 12 /opt/nsys/target/libToolsInjection64.so\n"
      "7f0000001000-7f0000002000 r-xp 00000000 08:01 13 /opt/nsys/target/libToolsInjection64.so\n"
      "7f0000002000-7f0000003000 r-xp 00000000 08:01 14 /opt/cuda/compute-sanitizer/libsanitizer-collection.so\n"
      "7f0000003000-7f0000004000 rw-p 00000000 00:00 0\n"
      "7f0000004000-7f0000005000 r-xp 00000000 08:01 15 /usr/lib/libcudadebugger.so.1\n"
      "7f0000004000-7f0000005000 r-xp 00000000 08:01 15 /opt/libToolsInjection64.so/mylib.so\n");
  EXPECT_THAT(profilers_loaded(maps), ElementsAre("Nsight Systems", "compute-sanitizer", "cuda-gdb"));
}

TEST(other_profilers, are_none_in_this_program) { EXPECT_THAT(other_profilers(), IsEmpty()); }

TEST(other_profilers, are_asked_of_probes) {
  auto const probe = [] { return at_work ? "a profiler" : nullptr; };
  register_profiler_probe(probe);
  EXPECT_THAT(other_profilers(), IsEmpty());
  at_work = true;
  EXPECT_THAT(other_profilers(), ElementsAre("a profiler"));
  at_work = false;
}

TEST(other_profilers, that_were_met_are_named_once) {
  saw_profiler("one");
  saw_profiler("one");
  EXPECT_THAT(other_profilers(), ElementsAre("one"));
  EXPECT_THAT(other_profilers(), IsEmpty());
}

}  // namespace
