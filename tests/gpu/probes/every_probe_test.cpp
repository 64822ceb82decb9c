// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Every probe on the stand-in is asked and answered.
#include "gpu/probes/test_support.hpp"

using namespace flopwatch::test;
using testing::HasSubstr;
using testing::Not;

namespace {

class every_gpu_probe : public gpu_probe, public testing::WithParamInterface<gpu_probes::probe> {};

TEST_P(every_gpu_probe, is_asked_and_answered) {
  auto const result = ask(GetParam().name);
  EXPECT_EQ(result.code, 0) << result.err;
  auto const found = result.found();
  ASSERT_TRUE(found.is_object()) << result.out;
  EXPECT_EQ(found.value("probe", ""), GetParam().name);
  EXPECT_EQ(found.value("question", ""), GetParam().question);
  EXPECT_NE(found.value("answer", ""), "");
  EXPECT_FALSE(found.value("facts", json::object()).empty());
  // Nothing here crashes or hangs on the stand-in, nor is anything impossible to try.
  EXPECT_THAT(result.out, Not(HasSubstr("ended_by_signal")));
  EXPECT_THAT(result.out, Not(HasSubstr("no_answer_after_s")));
  EXPECT_THAT(result.out, Not(HasSubstr("not_asked")));
}

INSTANTIATE_TEST_SUITE_P(all, every_gpu_probe, testing::ValuesIn(gpu_probes::all_probes()),
                         [](auto const& one) { return std::string(one.param.name); });

}  // namespace
