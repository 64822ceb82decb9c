// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "import/byte_source.hpp"

namespace flopwatch::importing {

/// Reads CSV as RFC 4180 has it, a record at a time; lines end in LF or CR LF. A record that is no CSV (a
/// quote inside a plain field, text after a closing quote) is given up at the end of its line.
class csv_reader {
 public:
  /// More bytes than a record of a profiler has; a longer one is not kept whole.
  static constexpr std::size_t most_record_bytes = std::size_t{8} << 20U;
  static constexpr std::size_t most_fields = 20'000;

  explicit csv_reader(byte_source& from) : from_(from), block_(std::size_t{1} << 17U) {}

  enum class outcome : std::uint8_t {
    record,
    malformed,  ///< no CSV; what was read of it is not given
    cut_off,    ///< the file ends inside quotes
    end,
  };
  /// Reads one record into `fields`, whose strings are used again. An empty line is a record of one empty
  /// field.
  [[nodiscard]] outcome next(std::vector<std::string>& fields);

  /// The rest of the line as it stands, without its end and without CSV. \return false at the end of the
  /// file. A line of more than `most_record_bytes` is cut.
  [[nodiscard]] bool raw_line(std::string& line);
  /// The record that was read last is that of a file that ends in the middle of a line.
  [[nodiscard]] bool line_has_no_end() const noexcept { return no_end_; }
  /// What comes next is read before the rest of the file.
  void put_back(std::string_view text);

 private:
  static constexpr int no_more = -1;
  [[nodiscard]] int peek() {
    return at_ < end_ || fill() ? static_cast<unsigned char>(block_[at_]) : no_more;
  }
  int take() {
    int const c = peek();
    if (c != no_more) ++at_;
    return c;
  }
  bool fill();
  outcome quoted(std::string& field);
  outcome give_up();

  byte_source& from_;
  std::vector<char> block_;
  std::size_t at_ = 0, end_ = 0;
  std::size_t record_bytes_ = 0;
  bool no_end_ = false;
};

}  // namespace flopwatch::importing
