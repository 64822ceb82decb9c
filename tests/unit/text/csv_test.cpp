// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/csv.hpp"

#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

namespace flopwatch::text {
namespace {

TEST(csv, quotes_what_rfc_4180_asks_for) {
  csv_text out({"name", "flops", "share"});
  out.name("gemm<float, 4>").integer(std::numeric_limits<std::int64_t>::max()).number(0.25).end_row();
  out.name("say \"hi\"").integer(std::optional<std::int64_t>()).number(std::nullopt).end_row();
  EXPECT_EQ(std::move(out).take(),
            "name,flops,share\r\n\"gemm<float, 4>\",9223372036854775807,0.25\r\n\"say \"\"hi\"\"\",,\r\n");
}

TEST(csv, is_one_line_a_row_and_valid_utf8) {
  csv_text out({"name"});
  out.name("a\nb\xff\x1b[31m").end_row();
  EXPECT_EQ(std::move(out).take(), "name\r\na\\nb\\xff\\x1b[31m\r\n");
}

TEST(csv, refuses_a_row_with_other_columns) {
  csv_text out({"a", "b"});
  EXPECT_THROW(out.integer(1).end_row(), std::logic_error);
}

}  // namespace
}  // namespace flopwatch::text
