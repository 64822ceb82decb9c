// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/csv_reader.hpp"

#include <gmock/gmock.h>

namespace flopwatch::importing {
namespace {

using testing::ElementsAre;
using outcome = csv_reader::outcome;

/// Gives a few bytes at a time, so that every token meets the end of a block.
class slow_source : public byte_source {
 public:
  explicit slow_source(std::string_view text) : inner_(text) {}
  std::size_t read(std::span<char> out) override {
    return inner_.read(out.first(std::min<std::size_t>(out.size(), 3)));
  }

 private:
  memory_source inner_;
};

TEST(csv_reader, reads_quotes_commas_and_line_breaks_in_fields) {
  slow_source from("a,\"b,c\",\"d\"\"e\"\r\n\"two\nlines\",,\nlast");
  csv_reader reader(from);
  std::vector<std::string> fields;
  ASSERT_EQ(reader.next(fields), outcome::record);
  EXPECT_THAT(fields, ElementsAre("a", "b,c", "d\"e"));
  ASSERT_EQ(reader.next(fields), outcome::record);
  EXPECT_THAT(fields, ElementsAre("two\nlines", "", ""));
  ASSERT_EQ(reader.next(fields), outcome::record);
  EXPECT_THAT(fields, ElementsAre("last"));
  EXPECT_EQ(reader.next(fields), outcome::end);
}

TEST(csv_reader, gives_up_what_is_no_csv_at_the_end_of_its_line) {
  slow_source from("a,b\"c\nd,e\n\"f\"g,h\ni\n");
  csv_reader reader(from);
  std::vector<std::string> fields;
  EXPECT_EQ(reader.next(fields), outcome::malformed);
  ASSERT_EQ(reader.next(fields), outcome::record);
  EXPECT_THAT(fields, ElementsAre("d", "e"));
  EXPECT_EQ(reader.next(fields), outcome::malformed);
  ASSERT_EQ(reader.next(fields), outcome::record);
  EXPECT_THAT(fields, ElementsAre("i"));
}

TEST(csv_reader, says_that_a_quoted_field_is_cut_off) {
  memory_source from("a\n\"b,c");
  csv_reader reader(from);
  std::vector<std::string> fields;
  ASSERT_EQ(reader.next(fields), outcome::record);
  EXPECT_EQ(reader.next(fields), outcome::cut_off);
}

TEST(csv_reader, keeps_no_record_that_never_ends) {
  std::string const endless = "\"" + std::string(csv_reader::most_record_bytes + 10, 'x') + "\nb\n";
  memory_source from(endless);
  csv_reader reader(from);
  std::vector<std::string> fields;
  EXPECT_EQ(reader.next(fields), outcome::malformed);
  ASSERT_EQ(reader.next(fields), outcome::record);
  EXPECT_THAT(fields, ElementsAre("b"));
}

TEST(csv_reader, reads_raw_lines_before_records) {
  slow_source from("==PROF== say \"hi\r\nx,y\n");
  csv_reader reader(from);
  std::string line;
  ASSERT_TRUE(reader.raw_line(line));
  EXPECT_EQ(line, "==PROF== say \"hi");
  ASSERT_TRUE(reader.raw_line(line));
  reader.put_back(line + "\n");
  std::vector<std::string> fields;
  ASSERT_EQ(reader.next(fields), outcome::record);
  EXPECT_THAT(fields, ElementsAre("x", "y"));
  EXPECT_FALSE(reader.raw_line(line));
}

}  // namespace
}  // namespace flopwatch::importing
