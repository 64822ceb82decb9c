// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/csv_reader.hpp"

namespace flopwatch::importing {

bool csv_reader::fill() {
  at_ = 0;
  end_ = from_.read(block_);
  return end_ > 0;
}

void csv_reader::put_back(std::string_view text) {
  block_.insert(block_.begin() + static_cast<std::ptrdiff_t>(at_), text.begin(), text.end());
  end_ += text.size();
}

csv_reader::outcome csv_reader::give_up() {
  while (true) {
    int const c = take();
    if (c == no_more || c == '\n') return outcome::malformed;
  }
}

csv_reader::outcome csv_reader::quoted(std::string& field) {
  take();
  while (true) {
    int const c = take();
    if (c == no_more) return outcome::cut_off;
    if (c == '"') {
      if (peek() != '"') return outcome::record;
      take();
    }
    if (++record_bytes_ > most_record_bytes) return outcome::malformed;
    field += static_cast<char>(c);
  }
}

csv_reader::outcome csv_reader::next(std::vector<std::string>& fields) {
  if (peek() == no_more) return outcome::end;
  record_bytes_ = 0;
  no_end_ = false;
  std::size_t count = 0;
  while (true) {
    if (count == most_fields) return give_up();
    if (count == fields.size()) fields.emplace_back();
    auto& field = fields[count++];
    field.clear();
    if (peek() == '"') {
      auto const how = quoted(field);
      if (how == outcome::cut_off) {
        fields.resize(count);
        no_end_ = true;
        return how;
      }
      if (how == outcome::malformed) return give_up();
    } else {
      for (int c = peek(); c != ',' && c != '\n' && c != '\r' && c != no_more; c = peek()) {
        if (c == '"' || ++record_bytes_ > most_record_bytes) return give_up();
        field += static_cast<char>(c);
        ++at_;
      }
    }
    int c = take();
    if (c == ',') continue;
    if (c == '\r') c = take();
    if (c != '\n' && c != no_more) return give_up();
    fields.resize(count);
    no_end_ = c == no_more;
    return outcome::record;
  }
}

bool csv_reader::raw_line(std::string& line) {
  line.clear();
  if (peek() == no_more) return false;
  while (true) {
    int const c = take();
    if (c == no_more || c == '\n') break;
    if (line.size() < most_record_bytes) line += static_cast<char>(c);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

}  // namespace flopwatch::importing
