// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The layouts of what nvcc makes of param_kernels.cu, for three generations of GPUs.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <gmock/gmock.h>

#include "cupti/param_layout.hpp"

namespace flopwatch::cupti {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class param_cubins : public testing::Test {
 protected:
  void SetUp() override {
    char const* const named = std::getenv("NVCC");
    nvcc_ = named != nullptr ? named : FLOPWATCH_NVCC;
    if (nvcc_.empty())
      GTEST_SKIP() << "there is no nvcc: put a CUDA toolkit's on the PATH, or name one in NVCC";
    auto pattern = (fs::temp_directory_path() / "flopwatch-cubins-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  /// \param options `-cubin` or `-fatbin`, and more
  [[nodiscard]] std::string compiled(std::string const& options) const {
    auto const file = (folder_ / "image").string();
    auto const command = "'" + nvcc_ + "' -std=c++17 " + options + " -o '" + file + "' '" +
                         FLOPWATCH_SOURCE_DIR "/tests/unit/cupti/param_kernels.cu'";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string nvcc_;
  fs::path folder_;
};

std::vector<std::pair<unsigned, unsigned>> places(image_layouts const& all, char const* kernel) {
  std::vector<std::pair<unsigned, unsigned>> out;
  auto const* const layout = all.find(kernel);
  EXPECT_NE(layout, nullptr) << kernel;
  if (layout == nullptr) return out;
  for (auto const& one : layout->parameters) out.emplace_back(one.offset_bytes, one.size_bytes);
  return out;
}

void expect_the_layouts(std::string const& bytes) {
  using p = std::pair<unsigned, unsigned>;
  auto const all = read_param_layouts(std::as_bytes(std::span(bytes)));
  ASSERT_EQ(all.kind, image_kind::cubin) << all.why_not;
  for (auto const& [name, layout] : all.kernels) EXPECT_TRUE(layout) << name;
  EXPECT_THAT(places(all, "no_parameters"), IsEmpty());
  EXPECT_THAT(places(all, "plain"), ElementsAre(p{0, 8}, p{8, 4}, p{16, 8}, p{24, 1}, p{26, 2}));
  EXPECT_THAT(places(all, "with_struct"), ElementsAre(p{0, 32}, p{32, 4}));
  EXPECT_THAT(places(all, "with_table"), ElementsAre(p{0, 4}, p{8, 4072}, p{4080, 8}));
  EXPECT_THAT(places(all, "with_aligned"), ElementsAre(p{0, 1}, p{16, 16}, p{32, 8}));
  EXPECT_THAT(places(all, "with_sizes"), ElementsAre(p{0, 4}, p{4, 12}, p{16, 8}));
  EXPECT_THAT(places(all, "with_empty"), ElementsAre(p{0, 1}, p{4, 4}, p{8, 8}));
  EXPECT_THAT(places(all, "with_unused"), ElementsAre(p{0, 4}, p{8, 8}, p{16, 8}));
  EXPECT_THAT(places(all, "with_20_kb"), ElementsAre(p{0, 1}, p{1, 20'000}, p{20'008, 8}));
  EXPECT_THAT(places(all, "_Z7of_typeIfEvPT_S0_"), ElementsAre(p{0, 8}, p{8, 4}));
  EXPECT_THAT(places(all, "calling"), ElementsAre(p{0, 8}, p{8, 4}));
  EXPECT_EQ(all.find("with_table")->total_bytes, 4088U);
}

TEST_F(param_cubins, of_turing) { expect_the_layouts(compiled("-cubin -arch=sm_75")); }
TEST_F(param_cubins, of_hopper) { expect_the_layouts(compiled("-cubin -arch=sm_90")); }
TEST_F(param_cubins, of_blackwell) { expect_the_layouts(compiled("-cubin -arch=sm_100")); }

TEST_F(param_cubins, to_be_linked) { expect_the_layouts(compiled("-cubin -rdc=true -arch=sm_90")); }

TEST_F(param_cubins, in_a_fat_binary_are_not_misread) {
  for (auto const* options : {"-fatbin -arch=sm_90", "-fatbin -arch=sm_90 -Xfatbin -compress-all"}) {
    auto const bytes = compiled(options);
    auto const all = read_param_layouts(std::as_bytes(std::span(bytes)));
    EXPECT_EQ(all.kind, image_kind::fat_binary) << options;
    EXPECT_THAT(all.kernels, IsEmpty());
  }
  auto const text = compiled("-ptx -arch=compute_90");
  EXPECT_EQ(read_param_layouts(std::as_bytes(std::span(text))).kind, image_kind::text);
}

}  // namespace
}  // namespace flopwatch::cupti
