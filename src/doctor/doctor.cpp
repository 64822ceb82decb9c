// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "doctor/doctor.hpp"

#include <algorithm>

namespace flopwatch::doctor {

std::string_view to_string(finding f) noexcept {
  switch (f) {
    case finding::good:
      return "good";
    case finding::note:
      return "note";
    case finding::bad:
      return "bad";
    case finding::unchecked:
      break;
  }
  return "unchecked";
}

std::vector<doctor_line> examine(doctor_facts const& f) {
  return {check_driver(f),  check_devices(f),     check_visible_devices(f),
          check_cupti(f),   check_profiler(f),    check_permission(f),
          check_holders(f), check_injection(f),   check_mps(f),
          check_mig(f),     check_vgpu(f),        check_confidential_computing(f),
          check_wsl(f),     check_other_setup(f), check_chip(f),
          check_passes(f),  check_counting(f)};
}

exit_code exit_code_of(std::vector<doctor_line> const& lines) noexcept {
  auto const some = [&](exit_code code) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](doctor_line const& l) { return l.state == finding::bad && l.code == code; });
  };
  if (some(exit_code::no_device)) return exit_code::no_device;
  return some(exit_code::not_permitted) ? exit_code::not_permitted : exit_code::good;
}

}  // namespace flopwatch::doctor
