// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Half-precision instructions and matrix instructions on one pipe: synthetic files of Nsight Compute.
#include <gmock/gmock.h>

#include "unit/import/importing.hpp"
#include "unit/import/ncu_rows.hpp"

namespace flopwatch::test {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

std::string counts(std::string const& half, std::string const& instructions, std::string const& tensor = "") {
  auto text = long_header + row(0, "matmul_kernel", hfma, half) + row(0, "matmul_kernel", pipe, instructions);
  if (!tensor.empty()) text += row(0, "matmul_kernel", bf16, tensor, "");
  return text;
}

TEST(tensor_work, takes_no_zero_beside_more_instructions_than_full_warps_explain) {
  // 640 threads of HFMA2 are 20 warps of them: 480 of the 500 instructions can be matrix ones.
  auto const got = import_text(counts("640", "500", "0"));
  EXPECT_THAT(got.launches.at(0).flops(), Eq(std::nullopt));
  EXPECT_EQ(got.lost("import_tensor_ambiguous"), 1);
  EXPECT_THAT(got.loss_text("import_tensor_ambiguous"), HasSubstr("matmul_kernel"));
  EXPECT_EQ(report_exit_code(analyse(got.data)), 5);
}

TEST(tensor_work, says_what_is_not_known_without_a_counter_of_tensor_flops) {
  auto const got = import_text(counts("640", "500"));
  EXPECT_THAT(got.launches.at(0).flops(), Optional(1280));
  EXPECT_EQ(got.lost("import_tensor_ambiguous"), 1);
  EXPECT_EQ(got.lost("import_tensor_unknown"), 1);
}

TEST(tensor_work, knows_both_ends) {
  for (auto const* tensor : {"0", ""}) {
    // 641 threads are 21 warps, the last with one thread.
    auto const none = import_text(counts("641", "21", tensor));
    EXPECT_THAT(none.launches.at(0).flops(), Optional(1282));
    EXPECT_EQ(none.lost("import_tensor_ambiguous") + none.lost("import_tensor_unknown"), 0);
    // No warp has less than one thread.
    auto const some = import_text(counts("640", "641", tensor));
    EXPECT_THAT(some.launches.at(0).flops(), Eq(std::nullopt));
    EXPECT_EQ(some.lost("import_tensor_zero") + some.lost("import_tensor_uncounted"), 1);
    EXPECT_EQ(some.lost("import_tensor_ambiguous"), 0);
  }
}

TEST(tensor_work, believes_a_counter_that_counted) {
  auto const got = import_text(counts("640", "500", "4096"));
  EXPECT_THAT(got.launches.at(0).flops(), Optional(4096 + 1280));
  EXPECT_EQ(got.lost("import_tensor_ambiguous"), 0);
}

TEST(tensor_work, cannot_tell_who_kept_the_pipe_busy) {
  auto const busy = [](std::string const& half, std::string const& more = "") {
    return import_text(
        long_header + row(0, "k", hfma, half) + row(0, "k", bf16, "0", "") +
        row(0, "k", "sm__inst_executed_pipe_tensor.avg.pct_of_peak_sustained_active", "86", "%") + more);
  };
  EXPECT_EQ(busy("0").lost("import_tensor_zero"), 1);
  EXPECT_EQ(busy("640").lost("import_tensor_ambiguous"), 1);
  auto const explained = busy("640", row(0, "k", pipe, "20"));
  EXPECT_THAT(explained.launches.at(0).flops(), Optional(1280));
  EXPECT_EQ(explained.lost("import_tensor_ambiguous"), 0);
}

}  // namespace
}  // namespace flopwatch::test
