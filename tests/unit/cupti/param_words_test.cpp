// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/param_words.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <random>
#include <set>

#include <cuda.h>
#include <gmock/gmock.h>

namespace flopwatch::cupti {
namespace {

using testing::Each;
using testing::ElementsAre;

struct words {
  params_state state;
  std::vector<std::uint64_t> all;
};

words read(launch_params const& params) {
  std::array<std::uint64_t, 8192> room{};
  auto const found = words_of(params, room);
  return {found.state, {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(found.count)}};
}

constexpr std::uint64_t address = 0x7f12'3456'7800;

/// A pointer, a count, a double, and a struct of {pointer, count, count, double}.
struct inner {
  std::uint64_t pointer;
  std::uint32_t m, n;
  double alpha;
};
struct arguments {
  std::uint64_t pointer = address;
  std::uint32_t n = 7;
  double alpha = 1.5;
  inner all{address + 512, 5, 6, 0.1};
  std::uint8_t flag = 1;

  std::array<void*, 5> pointers() { return {&pointer, &n, &alpha, &all, &flag}; }
};
param_layout const layout_of_arguments{{{0, 8}, {8, 4}, {16, 8}, {24, 24}, {48, 1}}, 49};

words read(arguments values) {
  auto const pointers = values.pointers();
  return read({pointers.data(), nullptr, &layout_of_arguments});
}
std::uint64_t hash(arguments values) {
  auto const pointers = values.pointers();
  auto const found = hash_of({pointers.data(), nullptr, &layout_of_arguments});
  EXPECT_EQ(found.state, params_state::known);
  return found.hash;
}

/// The same in one buffer.
struct in_a_buffer {
  std::array<unsigned char, 56> bytes{};
  std::size_t size = 49;
  std::array<void*, 5> extra{CU_LAUNCH_PARAM_BUFFER_POINTER, bytes.data(), CU_LAUNCH_PARAM_BUFFER_SIZE, &size,
                             CU_LAUNCH_PARAM_END};
  explicit in_a_buffer(arguments values) {
    auto const pointers = values.pointers();
    for (std::size_t i = 0; i < pointers.size(); ++i) {
      auto const& place = layout_of_arguments.parameters[i];
      std::memcpy(bytes.data() + place.offset_bytes, pointers[i], place.size_bytes);
    }
  }
  in_a_buffer(in_a_buffer const&) = delete;
  in_a_buffer& operator=(in_a_buffer const&) = delete;
  [[nodiscard]] launch_params params(param_layout const* layout) const {
    return {nullptr, extra.data(), layout};
  }
};

TEST(param_words, are_values_and_pointers) {
  auto const found = read(arguments{});
  EXPECT_EQ(found.state, params_state::known);
  EXPECT_THAT(found.all, ElementsAre(not_null, 7, not_null, not_null, 6ULL << 32U | 5,
                                     std::bit_cast<std::uint64_t>(0.1), 1));
}

TEST(param_words, of_a_pointer_are_null_or_not) {
  arguments other;
  other.pointer += 4096;
  other.all.pointer += 4096;
  EXPECT_EQ(hash(other), hash(arguments{}));
  arguments null;
  null.pointer = 0;
  EXPECT_EQ(read(null).all[0], 0U);
  EXPECT_NE(hash(null), hash(arguments{}));
  null.pointer = 0xffff'ffff;
  EXPECT_EQ(read(null).all[0], 0xffff'ffffU) << "the largest value";
  null.pointer = 0x1'0000'0000;
  EXPECT_EQ(read(null).all[0], not_null) << "the first address";
}

TEST(param_words, of_a_pointer_are_no_value) {
  for (auto const value :
       {~std::uint64_t{0}, std::uint64_t{1} << 32U, std::uint64_t{5}, ~std::uint64_t{0} << 32U}) {
    arguments one;
    std::memcpy(&one.all.m, &value, sizeof value);
    EXPECT_EQ(read(one).all[4], value);
    EXPECT_NE(value, not_null);
  }
  arguments one;
  one.pointer = not_null;
  std::memcpy(&one.all.m, &not_null, sizeof not_null);
  EXPECT_EQ(read(one).all[0], not_null);
  EXPECT_EQ(read(one).all[4], not_null) << "it would be an address itself";
}

TEST(param_words, of_a_value_separate) {
  std::set<std::uint64_t> hashes{hash(arguments{})};
  auto const changed = [](auto change) {
    arguments one;
    change(one);
    return hash(one);
  };
  hashes.insert(changed([](auto& a) { a.n = 8; }));
  hashes.insert(changed([](auto& a) { a.n = std::bit_cast<std::uint32_t>(1.0F); }));
  hashes.insert(changed([](auto& a) { a.all.m = 6; }));
  hashes.insert(changed([](auto& a) { a.all.n = 7; }));
  hashes.insert(changed([](auto& a) { a.all.alpha = 3.5; }));
  hashes.insert(changed([](auto& a) { a.flag = 0; }));
  EXPECT_EQ(hashes.size(), 7U);
}

TEST(param_words, of_a_struct_of_counts_are_each_a_value) {
  std::array<std::uint32_t, 5> value{1'000'000'000, 2'000'000'000, 3, 2'000'000'000, 1};
  std::array<void*, 1> const pointers{value.data()};
  // With an alignment of 4, so that it can hold no pointer: by its place, or by its size.
  param_layout const by_place{{{4, 16}}, 20};
  EXPECT_THAT(read({pointers.data(), nullptr, &by_place}).all,
              ElementsAre(1'000'000'000, 2'000'000'000, 3, 2'000'000'000));
  param_layout const by_size{{{0, 20}}, 20};
  EXPECT_THAT(read({pointers.data(), nullptr, &by_size}).all,
              ElementsAre(1'000'000'000, 2'000'000'000, 3, 2'000'000'000, 1));
}

TEST(param_words, of_any_end_read_no_byte_behind_it) {
  for (std::uint32_t size = 1; size <= 40; ++size) {
    std::vector<unsigned char> bytes(size, 0x11);
    std::array<void*, 1> const pointers{bytes.data()};
    param_layout const layout{{{0, size}}, size};
    auto const found = read({pointers.data(), nullptr, &layout});
    auto const step = size % 8 == 0 ? 8U : 4U;
    EXPECT_EQ(found.all.size(), (size + step - 1) / step) << size;
    EXPECT_NE(found.all.back(), 0U);
  }
}

TEST(param_words, of_a_buffer_are_those_of_pointers) {
  in_a_buffer const buffer{arguments{}};
  EXPECT_EQ(read(buffer.params(&layout_of_arguments)).all, read(arguments{}).all);
  EXPECT_EQ(hash_of(buffer.params(&layout_of_arguments)).hash, hash(arguments{}));
  // Without a layout it is one struct, its padding included.
  auto const found = read(buffer.params(nullptr));
  EXPECT_EQ(found.state, params_state::known);
  EXPECT_THAT(found.all, ElementsAre(not_null, 7, std::bit_cast<std::uint64_t>(1.5), not_null,
                                     6ULL << 32U | 5, std::bit_cast<std::uint64_t>(0.1), 1));
}

TEST(param_words, say_what_they_do_not_know) {
  arguments values;
  auto pointers = values.pointers();
  EXPECT_EQ(read({pointers.data(), nullptr, nullptr}).state, params_state::no_layout);
  EXPECT_EQ(read({nullptr, nullptr, nullptr}).state, params_state::no_layout);
  EXPECT_EQ(read({nullptr, nullptr, &layout_of_arguments}).state, params_state::no_values);
  pointers[3] = nullptr;
  auto const one_is_null = read({pointers.data(), nullptr, &layout_of_arguments});
  EXPECT_EQ(one_is_null.state, params_state::no_values);
  EXPECT_THAT(one_is_null.all, testing::IsEmpty());
  EXPECT_EQ(hash_of({pointers.data(), nullptr, &layout_of_arguments}).hash, 0U);
  param_layout const none;
  EXPECT_EQ(read({nullptr, nullptr, &none}).state, params_state::known);
  EXPECT_THAT(read({nullptr, nullptr, &none}).all, testing::IsEmpty());
}

TEST(param_words, of_a_wrong_buffer_are_refused) {
  in_a_buffer buffer{arguments{}};
  auto const state = [&](param_layout const* layout) { return hash_of(buffer.params(layout)).state; };
  ASSERT_EQ(state(nullptr), params_state::known);
  buffer.size = 48;
  EXPECT_EQ(state(&layout_of_arguments), params_state::wrong_extra) << "too small for the kernel";
  EXPECT_EQ(state(nullptr), params_state::known);
  buffer.size = 1U << 20U;
  EXPECT_EQ(state(nullptr), params_state::wrong_extra) << "too large for any";
  buffer.size = 49;
  buffer.extra[1] = nullptr;
  EXPECT_EQ(state(nullptr), params_state::wrong_extra) << "no bytes";
  buffer.extra[0] = CU_LAUNCH_PARAM_END;
  EXPECT_EQ(state(nullptr), params_state::wrong_extra) << "no buffer";
  // NOLINTNEXTLINE(performance-no-int-to-ptr): keys are numbers
  buffer.extra[0] = reinterpret_cast<void*>(std::uintptr_t{77});
  EXPECT_EQ(state(nullptr), params_state::wrong_extra) << "a key of the future";
  std::array<void*, 64> endless{};
  for (std::size_t i = 0; i < 60; i += 2) endless[i] = CU_LAUNCH_PARAM_BUFFER_POINTER;
  endless[58] = CU_LAUNCH_PARAM_BUFFER_SIZE;
  std::size_t none = 0;
  endless[59] = &none;
  EXPECT_EQ(hash_of({nullptr, endless.data(), nullptr}).state, params_state::wrong_extra);
  EXPECT_EQ(hash_of({nullptr, endless.data() + 54, nullptr}).state, params_state::known);
}

TEST(param_words, that_find_no_room_are_counted) {
  arguments values;
  auto const pointers = values.pointers();
  std::array<std::uint64_t, 3> room{1, 2, 3};
  auto const found = words_of({pointers.data(), nullptr, &layout_of_arguments}, std::span(room).first(2));
  EXPECT_EQ(found.count, 7U);
  EXPECT_THAT(room, ElementsAre(not_null, 7, 3));
}

TEST(param_words, hash_depends_on_the_number_of_words_and_their_order) {
  std::array<std::uint32_t, 4> values{};
  std::array<void*, 4> const pointers{&values[0], &values[1], &values[2], &values[3]};
  param_layout layout;
  std::set<std::uint64_t> hashes;
  for (std::uint32_t i = 0; i <= 4; ++i) {
    hashes.insert(hash_of({pointers.data(), nullptr, &layout}).hash);
    layout.parameters.push_back({4 * i, 4});
    layout.total_bytes += 4;
  }
  EXPECT_EQ(hashes.size(), 5U);
  layout.parameters.pop_back();
  values = {1, 2, 0, 0};
  auto const before = hash_of({pointers.data(), nullptr, &layout}).hash;
  values = {2, 1, 0, 0};
  EXPECT_NE(hash_of({pointers.data(), nullptr, &layout}).hash, before);
}

TEST(param_words, hash_changes_in_half_of_its_bits) {
  constexpr int bits = 128;
  std::array<std::uint32_t, 4> values{};
  std::array<void*, 4> const pointers{&values[0], &values[1], &values[2], &values[3]};
  param_layout const layout{{{0, 4}, {4, 4}, {8, 4}, {12, 4}}, 16};
  std::mt19937 random(1);
  std::array<std::array<int, 64>, bits> flips{};
  constexpr int tries = 400;
  for (int t = 0; t < tries; ++t) {
    for (auto& v : values) v = random() % 4096;  // small ones, as sizes are
    auto const before = hash_of({pointers.data(), nullptr, &layout}).hash;
    for (unsigned bit = 0; bit < bits; ++bit) {
      values[bit / 32] ^= 1U << bit % 32;
      auto const change = hash_of({pointers.data(), nullptr, &layout}).hash ^ before;
      values[bit / 32] ^= 1U << bit % 32;
      for (unsigned out = 0; out < 64; ++out) flips[bit][out] += static_cast<int>(change >> out & 1U);
    }
  }
  // Six standard deviations of 400 tosses of a coin.
  for (auto const& of_bit : flips)
    EXPECT_THAT(of_bit, Each(testing::AllOf(testing::Gt(140), testing::Lt(260))));
}

TEST(param_words, hash_of_many_sizes_never_meets) {
  std::array<std::uint32_t, 3> values{};
  std::array<void*, 3> const pointers{&values[0], &values[1], &values[2]};
  param_layout const layout{{{0, 4}, {4, 4}, {8, 4}}, 12};
  std::set<std::uint64_t> hashes;
  for (values[0] = 0; values[0] < 40; ++values[0]) {
    for (values[1] = 0; values[1] < 40; ++values[1]) {
      for (values[2] = 0; values[2] < 40; ++values[2])
        hashes.insert(hash_of({pointers.data(), nullptr, &layout}).hash);
    }
  }
  EXPECT_EQ(hashes.size(), 64'000U);
}

TEST(param_words, of_4_kb_are_quick) {
  std::vector<std::uint64_t> large(512, address);
  std::array<void*, 1> const pointers{large.data()};
  param_layout const layout{{{0, 4096}}, 4096};
  auto const begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) ASSERT_NE(hash_of({pointers.data(), nullptr, &layout}).hash, 0U);
  // Some 2 us each where it is optimised; a debug build on a busy machine is far slower.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  static_assert(noexcept(hash_of({}))&& noexcept(words_of({}, {})));
}

}  // namespace
}  // namespace flopwatch::cupti
