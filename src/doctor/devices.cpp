// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/devices.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace flopwatch::doctor {
namespace {

int weight(finding f) {
  switch (f) {
    case finding::bad:
      return 3;
    case finding::note:
      return 2;
    case finding::unchecked:
      return 1;
    case finding::good:
      break;
  }
  return 0;
}

/// One finding, and the devices that have it.
struct said {
  doctor_line line;
  std::string devices;  ///< "cuda:0, cuda:1"
};

}  // namespace

std::string no_device_text(doctor_facts const& f) {
  if (!f.driver_usable) return "not checked: there is no GPU to ask";
  if (!f.cupti.succeeded()) return "not checked: CUPTI is not loaded";
  return "not checked: CUPTI does not work with this driver";
}

doctor_line from_error(std::string name, asked const& a) {
  doctor_line line;
  line.name = std::move(name);
  line.state = finding::bad;
  line.code = a.code == exit_code::not_permitted ? a.code : exit_code::no_device;
  auto const whole = a.error.substr(0, a.error.find_last_not_of('.') + 1);
  auto const end = whole.rfind("; ");
  line.text = whole.substr(0, end);
  if (end != std::string::npos) line.remedy = whole.substr(end + 2);
  return line;
}

doctor_line for_each_device(doctor_facts const& f, std::string name,
                            std::function<doctor_line(device_facts const&)> const& check) {
  std::vector<said> all;
  for (std::size_t i = 0; i < f.devices.size(); ++i) {
    auto line = check(f.devices[i]);
    auto const device = "cuda:" + std::to_string(i);
    auto* same = static_cast<said*>(nullptr);
    for (auto& s : all) {
      if (s.line.state == line.state && s.line.text == line.text && s.line.remedy == line.remedy) same = &s;
    }
    if (same != nullptr) {
      same->devices += ", " + device;
    } else {
      all.push_back({std::move(line), device});
    }
  }
  doctor_line out;
  out.name = std::move(name);
  if (all.empty()) {
    out.state = finding::unchecked;
    out.text = no_device_text(f);
    return out;
  }
  auto const* worst = &all.front();
  for (auto const& s : all) {
    if (weight(s.line.state) > weight(worst->line.state)) worst = &s;
  }
  out.state = worst->line.state;
  out.code = worst->line.code;
  out.remedy = worst->line.remedy;
  bool const several = all.size() > 1;
  // If another device can be measured, this one is no obstacle.
  bool const all_bad =
      std::all_of(all.begin(), all.end(), [](said const& s) { return s.line.state == finding::bad; });
  if (out.state == finding::bad && !all_bad) {
    out.state = finding::note;
    out.code = exit_code::good;
  }
  out.text = (several ? worst->devices + ": " : "") + worst->line.text;
  out.details = worst->line.details;
  for (auto const& s : all) {
    if (&s == worst) continue;
    out.details.push_back(s.devices + ": " + s.line.text +
                          (s.line.remedy.empty() ? "" : "; " + s.line.remedy));
  }
  return out;
}

}  // namespace flopwatch::doctor
