// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/csv.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "text/printable.hpp"

namespace flopwatch::text {

csv_text::csv_text(std::vector<std::string> const& columns) : columns_(columns.size()) {
  for (auto const& column : columns) field(column);
  end_row();
}

csv_text& csv_text::field(std::string_view text) {
  if (fields_++ > 0) text_ += ',';
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += text;
    return *this;
  }
  text_ += '"';
  for (char const c : text) text_.append(c == '"' ? 2 : 1, c);
  text_ += '"';
  return *this;
}

csv_text& csv_text::name(std::string_view text) { return field(printable(text)); }

csv_text& csv_text::integer(std::int64_t n) { return field(std::to_string(n)); }

csv_text& csv_text::integer(std::optional<std::int64_t> const& n) { return n ? integer(*n) : field(""); }

csv_text& csv_text::number(std::optional<double> const& n) {
  return field(n ? fmt::format("{}", *n) : std::string());
}

void csv_text::end_row() {
  if (fields_ != columns_)
    throw std::logic_error("a row of CSV has another number of fields than the header");
  text_ += "\r\n";
  fields_ = 0;
}

}  // namespace flopwatch::text
