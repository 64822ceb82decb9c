// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "doctor/doctor.hpp"
#include "text/wrap.hpp"

namespace flopwatch::doctor {
namespace {

constexpr int text_column = 20;

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

void put_line(std::string& out, doctor_line const& line) {
  std::string const margin(text_column, ' ');
  std::string head = mark(line.state);
  head.resize(6, ' ');
  head += line.name;
  head.resize(text_column, ' ');
  out += head;
  out += text::wrap_after(line.text, text_column, text_column) + '\n';
  for (auto const& detail : line.details) {
    out += margin + text::wrap_after(detail, text_column, text_column + 2) + '\n';
  }
  if (!line.remedy.empty()) {
    out += margin + "-> " + text::wrap_after(line.remedy, text_column + 3, text_column + 3) + '\n';
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
