// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/param_layout.hpp"

#include <chrono>

#include <gmock/gmock.h>

#include "unit/cupti/synthetic_cubin.hpp"

namespace flopwatch::cupti {
namespace {

using test::synthetic_attributes;
using test::synthetic_cubin;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

image_layouts read(std::string const& bytes) { return read_param_layouts(std::as_bytes(std::span(bytes))); }

/// Two parameters: a pointer and a count.
synthetic_attributes sound() {
  synthetic_attributes one;
  one.add(4, 0x37, 4, {0x82});
  one.parameter(1, 8, 4);
  one.parameter(0, 0, 8);
  one.add(1, 0x50, 0);
  one.total(12);
  return one;
}

synthetic_cubin with(synthetic_attributes const& kernel) {
  synthetic_cubin image;
  image.add_kernel("kernel", kernel);
  return image;
}

bool is_known(synthetic_attributes const& kernel) {
  auto const all = read(with(kernel).bytes());
  EXPECT_EQ(all.kind, image_kind::cubin) << all.why_not;
  EXPECT_THAT(all.kernels, SizeIs(1));
  return all.find("kernel") != nullptr;
}

TEST(param_layout, is_in_the_order_of_the_declaration) {
  auto image = with(sound());
  image.add(".text.kernel", "machine code");
  image.add(".nv.info", sound().bytes());
  image.add(".nv.merc.nv.info.other", sound().bytes());
  auto const all = read(image.bytes());
  EXPECT_EQ(all.kind, image_kind::cubin);
  EXPECT_EQ(all.why_not, "");
  ASSERT_THAT(all.kernels, SizeIs(1));
  auto const* const layout = all.find("kernel");
  ASSERT_NE(layout, nullptr);
  EXPECT_EQ(layout->total_bytes, 12U);
  ASSERT_THAT(layout->parameters, SizeIs(2));
  EXPECT_EQ(layout->parameters[0].size_bytes, 8U);
  EXPECT_EQ(layout->parameters[1].offset_bytes, 8U);
  EXPECT_EQ(layout->parameters[1].size_bytes, 4U);
  EXPECT_EQ(all.find("other"), nullptr);
}

TEST(param_layout, has_the_second_form) {
  synthetic_attributes large;
  large.parameter_v2(0, 0, 20'000);
  large.parameter_v2(1, 20'000, 8);
  large.total(20'008);
  auto const all = read(with(large).bytes());
  auto const* const layout = all.find("kernel");
  ASSERT_NE(layout, nullptr);
  EXPECT_EQ(layout->parameters[0].size_bytes, 20'000U);
  EXPECT_EQ(layout->parameters[1].offset_bytes, 20'000U);
}

TEST(param_layout, of_no_parameters_is_known) {
  synthetic_attributes none;
  none.add(4, 0x37, 4, {0x82});
  auto const all = read(with(none).bytes());
  ASSERT_NE(all.find("kernel"), nullptr);
  EXPECT_THAT(all.find("kernel")->parameters, IsEmpty());
}

TEST(param_layout, that_contradicts_itself_is_unknown) {
  ASSERT_TRUE(is_known(sound()));
  auto const broken = [](auto change) {
    synthetic_attributes one;
    change(one);
    return one;
  };
  EXPECT_FALSE(is_known(broken([](auto& a) { a.total(12); }))) << "no parameters, and bytes for them";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.parameter(0, 0, 8); }))) << "no size of all";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.parameter(1, 0, 8), a.total(8); }))) << "the first is missing";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.parameter(0, 0, 8), a.total(24); }))) << "the last is missing";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.parameter(0, 0, 8), a.parameter(0, 8, 8), a.total(16); })));
  EXPECT_FALSE(is_known(broken([](auto& a) { a.parameter(0, 0, 8), a.parameter(1, 4, 8), a.total(12); })));
  EXPECT_FALSE(is_known(broken([](auto& a) { a.parameter(0, 0, 8), a.total(4); }))) << "too large";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.parameter(0, 0, 0), a.total(0); }))) << "no size";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.parameter(0, 0, 8), a.add(3, 0x19, 16), a.total(8); })));
  EXPECT_FALSE(is_known(broken([](auto& a) {
    a.add(4, 0x17, 16, {0, 0, 8U << 18U, 0}), a.total(8);
  }))) << "another length";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.add(3, 0x17, 1); }))) << "another format";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.add(5, 0x99, 0); }))) << "a format of the future";
  EXPECT_FALSE(is_known(broken([](auto& a) { a.add(4, 0x37, 400, {0x82}); }))) << "cut off";
  auto twice = with(sound());
  twice.add_kernel("kernel", sound());
  EXPECT_EQ(read(twice.bytes()).find("kernel"), nullptr);
}

TEST(param_layout, of_more_sections_than_the_header_can_say) {
  auto image = with(sound());
  image.header.e_shnum = 0xffff;
  EXPECT_NE(read(image.bytes()).find("kernel"), nullptr);
}

TEST(param_layout, of_what_is_no_cubin_is_unknown) {
  using namespace std::string_literals;
  struct {
    std::string bytes;
    image_kind kind;
    char const* why;
  } const cases[] = {
      {"\x50\xed\x55\xba\x01\x00\x10\x00"s + std::string(100, '\0'), image_kind::fat_binary, "fat binary"},
      {"\xb1\x43\x62\x46\x01\x00\x00\x00"s, image_kind::fat_binary, "fat binary"},
      {"\x28\xb5\x2f\xfd"s + std::string(100, '\1'), image_kind::compressed, "compressed"},
      {"\x04\x22\x4d\x18"s, image_kind::compressed, "compressed"},
      {".version 9.0\n.target sm_90\n"s, image_kind::text, "PTX"},
      {""s, image_kind::other, "no ELF64"},
      {"\x7f"s + "ELF", image_kind::other, "no ELF64"},
      {std::string(4096, '\xee'), image_kind::other, "no ELF64"},
  };
  for (auto const& one : cases) {
    auto const all = read(one.bytes);
    EXPECT_EQ(all.kind, one.kind) << one.why;
    EXPECT_THAT(std::string(all.why_not), HasSubstr(one.why));
    EXPECT_THAT(all.kernels, IsEmpty());
  }
  for (auto const& change : {+[](Elf64_Ehdr& h) { h.e_machine = EM_X86_64; },
                             +[](Elf64_Ehdr& h) { h.e_ident[EI_CLASS] = ELFCLASS32; },
                             +[](Elf64_Ehdr& h) { h.e_ident[EI_DATA] = ELFDATA2MSB; },
                             +[](Elf64_Ehdr& h) { h.e_shentsize = 40; }}) {
    auto image = with(sound());
    change(image.header);
    EXPECT_EQ(read(image.bytes()).kind, image_kind::other);
  }
}

TEST(param_layout, survives_every_cut_and_every_changed_byte) {
  auto const bytes = with(sound()).bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // Of its own, so that a sanitizer sees what is read behind the end.
    std::vector<char> const cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THAT(read_param_layouts(std::as_bytes(std::span(cut))).kernels, IsEmpty()) << size;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int const flip : {1, 0x80, 0xff}) {
      auto changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      auto const all = read(changed);
      for (auto const& [name, layout] : all.kernels) EXPECT_TRUE(!layout || layout->total_bytes < 65'536);
    }
  }
}

TEST(param_layout, of_sections_that_share_their_bytes_is_unknown_at_once) {
  auto image = with(sound());
  synthetic_attributes many;
  for (int i = 0; i < 100'000; ++i) many.add(1, 0x50, 0);
  image.add(".nv.info.large", many.bytes());
  auto const large = image.table.back();
  for (int i = 0; i < 50'000; ++i) image.table.push_back(large);
  image.header.e_shnum = 0xffff;
  auto const begin = std::chrono::steady_clock::now();
  auto const all = read(image.bytes());
  EXPECT_EQ(all.kind, image_kind::other);
  EXPECT_THAT(std::string(all.why_not), HasSubstr("share their bytes"));
  EXPECT_THAT(all.kernels, IsEmpty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace flopwatch::cupti
