// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/raw_image.hpp"

#include <fmt/format.h>

#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using bytes = std::vector<std::uint8_t>;

raw_chunk_record chunk(std::int64_t id, std::int64_t image_bytes) {
  raw_chunk_record r;
  r.id = id;
  r.plan = 1;
  r.kept = image_bytes > 0;
  r.image_bytes = image_bytes;
  return r;
}

class raw_images : public testing::Test {
 protected:
  raw_images() {
    capture_writer w(path_);
    write(w, {});
    w.close();
  }
  std::string load_refusal() const {
    return refusal([&] { (void)capture_reader(path_).load(); });
  }
  /// The message of reading the images; what follows from it may go into `seen`.
  std::string refusal_of_images(int* seen = nullptr) const {
    return refusal([&] {
      capture_reader(path_).for_each_raw_image([&](auto const&, auto const&) {
        if (seen != nullptr) ++*seen;
        return true;
      });
    });
  }
  std::string refusal_after(std::string const& change) const {
    sql(path_, "UPDATE closed SET checksum = NULL; PRAGMA ignore_check_constraints = ON; " + change);
    return refusal_of_images();
  }

  test_folder folder_;
  std::filesystem::path path_ = folder_ / "a.flops";
};

TEST_F(raw_images, are_compressed_where_that_helps) {
  EXPECT_EQ(query(path_, "SELECT chunk, encoding, length(bytes) < 100 FROM raw_image ORDER BY chunk"),
            (std::vector<std::string>{"1|zstd|1", "4|plain|1"}));
}

TEST_F(raw_images, of_every_kind_come_back) {
  auto w = capture_writer::in_memory();
  std::map<std::int64_t, bytes> expected;
  std::uint32_t random = 1;
  for (std::size_t const size : {1U, 2U, 700U, 65536U, 3'000'000U}) {
    for (bool const noise : {false, true}) {
      bytes image(size, 0);
      if (noise) {
        for (auto& b : image) b = static_cast<std::uint8_t>((random = random * 1664525 + 1013904223) >> 24U);
      }
      auto const id = static_cast<std::int64_t>(expected.size()) + 1;
      w.add(chunk(id, static_cast<std::int64_t>(size)), image);
      expected[id] = std::move(image);
    }
  }
  w.close();
  EXPECT_TRUE(images_of(read_back(std::move(w))) == expected);
}

// As an NVIDIA H200 fills one, but made up: every range is the same template, a quarter of it not zero, with
// some bytes of its own.
TEST_F(raw_images, whose_ranges_are_much_alike_become_small) {
  constexpr std::size_t range_bytes = 184'716;
  constexpr std::size_t ranges = 64;
  std::uint32_t state = 1;
  auto const random = [&] { return (state = state * 1664525 + 1013904223) >> 8U; };
  bytes range(range_bytes);
  for (auto& b : range) b = random() % 4 == 0 ? static_cast<std::uint8_t>(1 + random() % 255) : 0;
  bytes image;
  for (std::size_t i = 0; i < ranges; ++i) {
    auto own = range;
    for (int k = 0; k < 300; ++k) own[random() % range_bytes] = static_cast<std::uint8_t>(random());
    image.insert(image.end(), own.begin(), own.end());
  }
  auto const path = folder_ / "alike.flops";
  capture_writer w(path);
  w.add(chunk(1, static_cast<std::int64_t>(image.size())), image);
  w.close();
  auto const stored = std::stoull(query(path, "SELECT length(bytes) FROM raw_image").at(0));
  EXPECT_LT(stored * 20, image.size());
  EXPECT_TRUE(images_of(capture_reader(path)).at(1) == image);
}

TEST_F(raw_images, are_visited_until_told_to_stop) {
  int seen = 0;
  capture_reader(path_).for_each_raw_image([&](auto const& r, auto const&) {
    EXPECT_EQ(r.id, 1);
    return ++seen < 1;
  });
  EXPECT_EQ(seen, 1);
}

TEST_F(raw_images, that_do_not_fit_their_chunk_are_refused) {
  auto w = capture_writer::in_memory();
  w.add(chunk(1, 2), bytes{1, 2});
  EXPECT_THAT(refusal([&] { w.add(chunk(2, 2), bytes{1}); }), HasSubstr("got 1 bytes for raw chunk 2"));
  EXPECT_THAT(refusal([&] { w.add(chunk(2, 2)); }), HasSubstr("got 0 bytes for raw chunk 2"));
  EXPECT_THAT(refusal([&] { w.add(chunk(2, 0), bytes{1}); }), HasSubstr("which must have 0"));
  EXPECT_THAT(refusal([&] { w.add(chunk(1, 2), bytes{3, 4}); }), HasSubstr("raw_chunk.id"));
  EXPECT_THAT(refusal([&] { w.add(chunk(0, 2), bytes{3, 4}); }), HasSubstr("refuses a record"));
  counter_group_record group;
  w.add(group);
  EXPECT_THAT(refusal([&] { w.add(group); }), HasSubstr("counter_group.plan"));
  w.close();
  auto const reader = read_back(std::move(w));
  EXPECT_EQ(reader.load().raw_chunks, std::vector{chunk(1, 2)});
  EXPECT_EQ(reader.load().counter_groups, std::vector{group});
  EXPECT_EQ(images_of(reader), (std::map<std::int64_t, bytes>{{1, {1, 2}}}));
}

TEST_F(raw_images, of_an_older_capture_are_none) {
  sql(path_,
      "DROP TABLE counter_group; DROP TABLE raw_chunk; DROP TABLE raw_image;DELETE FROM closed WHERE "
      "table_name IN ('counter_group', 'raw_chunk', 'raw_image')");
  auto const d = capture_reader(path_).load();
  EXPECT_TRUE(d.complete);
  EXPECT_TRUE(d.counter_groups.empty());
  EXPECT_TRUE(d.raw_chunks.empty());
  EXPECT_EQ(d.losses.size(), synthetic_records().losses.size());
  EXPECT_TRUE(images_of(capture_reader(path_)).empty());
}

TEST_F(raw_images, the_capture_of_the_demonstration_is_such_an_older_one) {
  capture_reader const reader(FLOPWATCH_SOURCE_DIR "/tests/captures/attention-cpu.flops");
  EXPECT_TRUE(reader.load().complete);
  EXPECT_TRUE(images_of(reader).empty());
}

TEST_F(raw_images, tables_that_are_missing) {
  auto const good = bytes_of(path_);
  for (std::string const table : {"counter_group", "raw_chunk", "raw_image"}) {
    sql(path_, "DROP TABLE " + table);
    EXPECT_THAT(load_refusal(), HasSubstr("table " + table + " is missing"));
    put_bytes(path_, good);
  }
}

TEST_F(raw_images, changed_bytes_of_a_compressed_one_are_noticed_before_it_is_visited) {
  sql(path_,
      "UPDATE raw_image SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'00' AS BLOB) WHERE chunk = "
      "1");
  int seen = 0;
  EXPECT_THAT(refusal_of_images(&seen), HasSubstr("the raw image of chunk 1 cannot be decompressed"));
  EXPECT_EQ(seen, 0);
}

TEST_F(raw_images, changed_bytes_of_a_plain_one_are_noticed) {
  sql(path_, "UPDATE raw_image SET bytes = x'010003' WHERE chunk = 4");
  EXPECT_THAT(refusal_of_images(), HasSubstr("raw_image does not hold what was written into it"));
  EXPECT_EQ(load_refusal(), "");  // it does not look at them
}

TEST_F(raw_images, of_no_chunk) {
  sql(path_, "INSERT INTO raw_image VALUES (9, 'plain', x'00')");
  EXPECT_EQ(images_of(capture_reader(path_)).size(), 2U);  // beside the capture, like a table of one's own
}

TEST_F(raw_images, that_are_missing) {
  EXPECT_THAT(refusal_after("DELETE FROM raw_image WHERE chunk = 1"),
              HasSubstr("the raw image of chunk 1 is missing"));
}

TEST_F(raw_images, without_a_known_encoding) {
  EXPECT_THAT(refusal_after("UPDATE raw_image SET encoding = 'lzma'"), HasSubstr("unknown encoding: 'lzma'"));
}

TEST_F(raw_images, of_another_size) {
  EXPECT_THAT(refusal_after("UPDATE raw_chunk SET image_bytes = 4 WHERE id = 4"),
              HasSubstr("chunk 4 is not of the size"));
  for (auto const* size : {"4999", "5001", "500000"}) {
    EXPECT_THAT(refusal_after(std::string("UPDATE raw_chunk SET image_bytes = ") + size + " WHERE id = 1"),
                AllOf(HasSubstr("chunk 1 is not of the size"), HasSubstr("fresh copy")));
  }
}

// Bytes 5 and 6 of the packed image, little-endian: its size, less 256.
TEST_F(raw_images, that_state_a_size_which_they_do_not_have) {
  auto const good = bytes_of(path_);
  ASSERT_EQ(query(path_, "SELECT hex(substr(bytes, 6, 2)) FROM raw_image WHERE chunk = 1"),
            std::vector<std::string>{"8812"});
  for (auto const& [size, stated] : {std::pair{"4999", "8712"}, std::pair{"5001", "8912"}}) {
    EXPECT_THAT(
        refusal_after(fmt::format("UPDATE raw_chunk SET image_bytes = {} WHERE id = 1; UPDATE raw_image SET "
                                  "bytes = CAST(substr(bytes, 1, 5) || x'{}' || substr(bytes, 8) AS BLOB)",
                                  size, stated)),
        AllOf(HasSubstr("chunk 1 cannot be decompressed"), HasSubstr("fresh copy")));
    put_bytes(path_, good);
  }
}

TEST_F(raw_images, that_are_cut_short_or_none_of_zstd) {
  auto const good = bytes_of(path_);
  for (auto const* left : {"x''", "x'00'", "substr(bytes, 1, 4)", "substr(bytes, 1, 12)", "x'78010300'",
                           "substr(bytes, 1, length(bytes) - 1)", "bytes || x'00'", "x'00' || bytes"}) {
    EXPECT_THAT(
        refusal_after(fmt::format("UPDATE raw_image SET bytes = CAST({} AS BLOB) WHERE chunk = 1", left)),
        HasSubstr("chunk 1 cannot be decompressed"))
        << left;
    put_bytes(path_, good);
  }
}

TEST_F(raw_images, of_a_writer_that_was_killed_are_never_others_for_a_changed_byte) {
  sql(path_, "DELETE FROM closed");
  auto const packed = query(path_, "SELECT hex(bytes) FROM raw_image WHERE chunk = 1").at(0);
  int refusals = 0;
  for (std::size_t i = 0; i < packed.size(); i += 2) {
    auto const other = std::stoul(packed.substr(i, 2), nullptr, 16) ^ 1U;
    sql(path_, fmt::format("UPDATE raw_image SET bytes = x'{}{:02x}{}' WHERE chunk = 1", packed.substr(0, i),
                           other, packed.substr(i + 2)));
    bool same = true;  // some bits say nothing
    auto const refused = refusal([&] { same = images_of(capture_reader(path_)).at(1) == bytes(5000, 9); });
    EXPECT_TRUE(same) << "byte " << i / 2 << " of " << packed;
    refusals += refused.empty() ? 0 : 1;
  }
  EXPECT_GT(refusals, 15);
}

TEST_F(raw_images, of_an_older_version_were_compressed_otherwise) {
  EXPECT_THAT(
      refusal_after("PRAGMA user_version = 2; UPDATE raw_image SET encoding = 'zlib' WHERE chunk = 1"),
      AllOf(HasSubstr("a.flops' has the raw image of chunk 1 as an older flopwatch packed it; record"),
            Not(HasSubstr("damaged"))));
  EXPECT_EQ(load_refusal(), "");
  EXPECT_THAT(refusal_after("DELETE FROM raw_image WHERE chunk = 1; DELETE FROM raw_chunk WHERE id = 1"), "");
}

TEST_F(raw_images, of_impossible_sizes_are_not_allocated) {
  for (auto const* size : {"9223372036854775807", "1000000000000", "536870913", "-1", "0"}) {
    EXPECT_THAT(refusal_after(std::string("UPDATE raw_chunk SET image_bytes = ") + size + " WHERE id = 1"),
                AllOf(HasSubstr("chunk 1 cannot be that large"), HasSubstr("fresh copy")));
  }
}

/// A frame of zstd (RFC 8878) that unpacks to `size` zeros, in blocks that repeat one byte.
std::string frame_of_zeros(std::int64_t size) {
  constexpr std::int64_t block = 128 * 1024;
  std::string hex = "28b52ffdc038";
  for (int i = 0; i < 8; ++i) hex += fmt::format("{:02x}", (size >> (8 * i)) & 0xff);
  for (std::int64_t left = size; left > 0; left -= block) {
    auto const header = std::min(left, block) << 3 | 2 | (left <= block ? 1 : 0);
    hex += fmt::format("{:02x}{:02x}{:02x}00", header & 0xff, (header >> 8) & 0xff, header >> 16);
  }
  return hex;
}

// Half a gigabyte of zeros takes 16 kB in the file: size alone refuses it, before any of it is unpacked.
TEST_F(raw_images, that_are_small_but_unpack_to_more_than_any_image_are_refused) {
  auto const size = capture_detail::largest_image_bytes + 1;
  auto const put = [](std::int64_t bytes_of_image) {
    return fmt::format(
        "UPDATE raw_chunk SET image_bytes = {} WHERE id = 1; UPDATE raw_image SET bytes = x'{}' WHERE "
        "chunk = 1",
        bytes_of_image, frame_of_zeros(bytes_of_image));
  };
  EXPECT_EQ(refusal_after(put(300'000)), "");
  EXPECT_THAT(refusal_after(put(size)), HasSubstr("chunk 1 cannot be that large"));
}

TEST_F(raw_images, of_plain_bytes_that_state_too_much_are_not_allocated) {
  EXPECT_THAT(refusal_after("UPDATE raw_chunk SET image_bytes = 1000000000000 WHERE id = 4"),
              HasSubstr("chunk 4 cannot be that large"));
}

TEST_F(raw_images, have_room_for_zeros_behind_them) {
  std::size_t seen = 0;
  capture_reader(path_).for_each_raw_image([&](auto const&, std::vector<std::uint8_t>& image) {
    EXPECT_GE(image.capacity(), image.size() + capture_detail::image_room);
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 2U);
}

TEST_F(raw_images, that_are_no_blob) {
  EXPECT_THAT(refusal_after("UPDATE raw_image SET bytes = 'text'"),
              HasSubstr("table raw_image, column bytes: it is no blob"));
}

TEST_F(raw_images, of_a_writer_that_was_killed_are_read) {
  sql(path_, "DELETE FROM closed");
  EXPECT_EQ(images_of(capture_reader(path_)).size(), 2U);
}

}  // namespace
}  // namespace flopwatch::test
