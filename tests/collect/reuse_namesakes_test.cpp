// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Reuse of kernels of one name that do different work.
#include <string>

#include <gmock/gmock.h>

#include "collect/reuse.hpp"

namespace flopwatch::test {
namespace {

/// A module whose kernel does other work than its namesakes: its image has that text.
class loaded_module {
 public:
  explicit loaded_module(std::string const& text) {
    auto const image = module_with("_Z6matmulPvi", text);
    must(cuModuleLoadData(&module_, image.data()), "cuModuleLoadData");
    must(cuModuleGetFunction(&function_, module_, "_Z6matmulPvi"), "cuModuleGetFunction");
  }
  ~loaded_module() { cuModuleUnload(module_); }
  loaded_module(loaded_module const&) = delete;
  loaded_module& operator=(loaded_module const&) = delete;
  void launch(int times) const {
    for (int i = 0; i < times; ++i) test::launch(function_, nullptr, 64);
  }

 private:
  CUmodule module_ = nullptr;
  CUfunction function_ = nullptr;
};

class reuse_of_namesakes : public reuse_of_counts {
 protected:
  void SetUp() override {
    reuse_of_counts::SetUp();
    standin_kernel_value_in_image("_Z6matmulPvi", ".text.shallow", fadd_sum, 10);
    standin_kernel_value_in_image("_Z6matmulPvi", ".text.deep", fadd_sum, 1000);
  }
};

TEST_F(reuse_of_namesakes, that_launch_alike_have_each_its_own_counts) {
  program const p;
  loaded_module const shallow(".text.shallow");
  loaded_module const deep(".text.deep");
  auto const r = run(options(), [&] {
    shallow.launch(500);
    deep.launch(300);
    shallow.launch(100);
  });
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 600 * 10 + 300 * 1000);
  for (auto const& key : r.data.reuse_keys) EXPECT_NE(key.kind, reuse_class::variable) << key.launches;
  EXPECT_EQ(r.data.kernels.size(), 1U);
}

TEST_F(reuse_of_namesakes, of_modules_from_before_the_session_have_each_its_own_counts) {
  program const p;
  loaded_module const shallow(".text.shallow");
  loaded_module const deep(".text.deep");
  shallow.launch(1);
  deep.launch(1);
  auto const r = run(options(), [&] {
    shallow.launch(500);
    deep.launch(300);
  });
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 500 * 10 + 300 * 1000);
}

TEST_F(reuse_of_namesakes, whose_handle_is_used_again_have_each_its_own_counts) {
  standin_reuse_function_handles(1);
  program const p;
  auto const r = run(options(), [&] {
    for (int round = 0; round < 6; ++round)
      loaded_module(round % 2 == 0 ? ".text.shallow" : ".text.deep").launch(50);
  });
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 150 * 10 + 150 * 1000);
  for (auto const& key : r.data.reuse_keys) EXPECT_NE(key.kind, reuse_class::variable);
}

TEST_F(reuse_of_namesakes, of_equal_images_are_one_key_however_often_they_are_loaded) {
  program const p;
  auto const r = run(options(), [&] {
    for (int round = 0; round < 20; ++round) loaded_module(".text.deep").launch(20);
  });
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 20 * 20 * 1000);
  EXPECT_LE(r.data.reuse_keys.size(), 2U);  // the first launch, before its parameters are known, is a key
}

TEST_F(reuse_of_namesakes, of_equal_images_in_contexts_that_come_and_go_are_few_keys) {
  program const primary;
  auto const r = run(options(), [&] {
    for (int round = 0; round < 20; ++round) {
      program own(0, program::own_context{});
      loaded_module(".text.deep").launch(20);
    }
    primary.use();
  });
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 20 * 20 * 1000);
  EXPECT_LE(r.data.reuse_keys.size(), 2U);
}

}  // namespace
}  // namespace flopwatch::test
