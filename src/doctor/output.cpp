// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "doctor/doctor.hpp"

namespace flopwatch::doctor {
namespace {

constexpr std::size_t reading_width = 100;
constexpr std::size_t text_column = 20;

char const* mark(finding f) {
  switch (f) {
    case finding::good:
      return "ok";
    case finding::note:
      return "note";
    case finding::bad:
      return "BAD";
    case finding::unchecked:
      break;
  }
  return "-";
}

/// Appends words from `column` on; lines behind the first begin at `indent`. A word is never broken: a path
/// is to be copied.
void put_wrapped(std::string& out, std::size_t column, std::size_t indent, std::string_view words) {
  bool first = true;
  while (!words.empty()) {
    auto const end = std::min(words.find(' '), words.size());
    auto const word = words.substr(0, end);
    if (!first && column + 1 + word.size() > reading_width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    words.remove_prefix(std::min(end + 1, words.size()));
    first = false;
  }
  out += '\n';
}

void put_line(std::string& out, doctor_line const& line) {
  std::string head = mark(line.state);
  head.resize(6, ' ');
  head += line.name;
  head.resize(text_column, ' ');
  out += head;
  put_wrapped(out, text_column, text_column, line.text);
  for (auto const& detail : line.details) {
    out += std::string(text_column, ' ');
    put_wrapped(out, text_column, text_column + 2, detail);
  }
  if (!line.remedy.empty()) {
    out += std::string(text_column, ' ') + "-> ";
    put_wrapped(out, text_column + 3, text_column + 3, line.remedy);
  }
}

std::string conclusion(std::vector<doctor_line> const& lines) {
  auto const first_bad = [&](exit_code code) {
    return std::find_if(lines.begin(), lines.end(),
                        [&](doctor_line const& l) { return l.state == finding::bad && l.code == code; });
  };
  switch (auto const code = exit_code_of(lines); code) {
    case exit_code::good:
      return "Kernels can be measured here.";
    case exit_code::not_permitted:
      return "Kernels run here, but this user may not measure them: see " + first_bad(code)->name + ".";
    default:
      return "Nothing can be measured here: see " + first_bad(code)->name + ".";
  }
}

}  // namespace

std::string doctor_text(std::vector<doctor_line> const& lines) {
  std::string out;
  for (auto const& line : lines) put_line(out, line);
  return out + '\n' + conclusion(lines) + '\n';
}

std::string doctor_json(std::vector<doctor_line> const& lines) {
  using json = nlohmann::ordered_json;
  json checks = json::array();
  for (auto const& l : lines) {
    checks.push_back({{"check", l.name},
                      {"state", to_string(l.state)},
                      {"text", l.text},
                      {"remedy", l.remedy.empty() ? json(nullptr) : json(l.remedy)},
                      {"details", l.details}});
  }
  json const out = {{"schema_version", doctor_schema_version},
                    {"exit_code", static_cast<int>(exit_code_of(lines))},
                    {"conclusion", conclusion(lines)},
                    {"checks", std::move(checks)}};
  return out.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace flopwatch::doctor
