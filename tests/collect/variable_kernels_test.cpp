// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/variable_kernels.hpp"

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

using flopwatch::collect::known_variable_kernels;
using flopwatch::collect::variable_kernels;
using flopwatch::collect::wrong_with;
using testing::HasSubstr;
using testing::SizeIs;

namespace {

/// The lines of a file of this folder, without comments.
std::vector<std::string> lines_of(char const* file) {
  std::ifstream in(std::string(FLOPWATCH_SOURCE_DIR "/tests/collect/") + file);
  EXPECT_TRUE(in) << file;
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') out.push_back(line);
  }
  return out;
}

TEST(variable_kernels, are_found_each_by_its_part) {
  variable_kernels const list;
  std::set<std::string> seen;
  for (auto const& line : lines_of("variable_kernel_names.txt")) {
    std::istringstream words(line);
    std::string part;
    std::string name;
    words >> part >> name;
    EXPECT_TRUE(list.has(name)) << line;
    EXPECT_NE(name.find(part), std::string::npos) << line;
    EXPECT_TRUE(seen.insert(part).second) << part;
  }
  for (auto const& known : known_variable_kernels()) {
    EXPECT_TRUE(seen.contains(std::string(known.part))) << "no example of " << known.part;
  }
  EXPECT_THAT(seen, SizeIs(known_variable_kernels().size()));
}

TEST(variable_kernels, are_not_the_ordinary_ones) {
  variable_kernels const list;
  auto const names = lines_of("ordinary_kernel_names.txt");
  EXPECT_GT(names.size(), 30U);
  for (auto const& name : names) EXPECT_FALSE(list.has(name)) << name;
  EXPECT_FALSE(list.has(""));
}

TEST(variable_kernels, have_each_a_part_that_means_something_and_a_reason) {
  for (auto const& known : known_variable_kernels()) {
    EXPECT_GE(known.part.size(), 5U) << known.part;
    EXPECT_GE(known.why.size(), 20U) << known.part;
    EXPECT_NE(known.why.back(), '.') << known.part;
  }
}

TEST(variable_kernels, change_as_the_user_says) {
  variable_kernels const changed({"my_sparse_product", "-flash_fwd"});
  EXPECT_TRUE(changed.has("_Z17my_sparse_productPf"));
  EXPECT_FALSE(changed.has("_ZN13pytorch_flash16flash_fwd_kernel"));
  EXPECT_TRUE(changed.has("_ZN13pytorch_flash44flash_bwd_dq_dk_dv_loop_seqk_parallel_kernel"));
  EXPECT_EQ(wrong_with(known_variable_kernels(), {"my_sparse_product", "-flash_fwd"}), "");
  EXPECT_THAT(wrong_with(known_variable_kernels(), {"-flash_forward"}),
              HasSubstr("\"-flash_forward\", which takes away what is not in the list (flash_fwd, "));
  EXPECT_THAT(wrong_with(known_variable_kernels(), {""}), HasSubstr("an empty name"));
}

}  // namespace
