// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/facts.hpp"
#include "flopwatch/error.hpp"

/// \file
/// `flopwatch doctor`: whether kernels can be measured here, and what is in the way.

namespace flopwatch::doctor {

enum class finding : unsigned char {
  good,
  note,       ///< may matter
  bad,        ///< nothing can be measured before this is mended
  unchecked,  ///< could not be looked at
};
/// "good", "note", "bad", "unchecked"
[[nodiscard]] std::string_view to_string(finding f) noexcept;

struct doctor_line {
  std::string name;  ///< "permission"
  finding state = finding::good;
  std::string text;                  ///< one sentence or less, without a full stop
  std::string remedy;                ///< what to do; "" when nothing is to be done
  std::vector<std::string> details;  ///< further lines, one fact each
  exit_code code = exit_code::good;  ///< of a bad one
};

// Each check is a function of the facts.
[[nodiscard]] doctor_line check_driver(doctor_facts const& f);
[[nodiscard]] doctor_line check_devices(doctor_facts const& f);
[[nodiscard]] doctor_line check_visible_devices(doctor_facts const& f);
[[nodiscard]] doctor_line check_wsl(doctor_facts const& f);
[[nodiscard]] doctor_line check_mps(doctor_facts const& f);
[[nodiscard]] doctor_line check_mig(doctor_facts const& f);
[[nodiscard]] doctor_line check_cupti(doctor_facts const& f);
[[nodiscard]] doctor_line check_profiler(doctor_facts const& f);
[[nodiscard]] doctor_line check_chip(doctor_facts const& f);
[[nodiscard]] doctor_line check_passes(doctor_facts const& f);
[[nodiscard]] doctor_line check_permission(doctor_facts const& f);
[[nodiscard]] doctor_line check_holders(doctor_facts const& f);
[[nodiscard]] doctor_line check_injection(doctor_facts const& f);
[[nodiscard]] doctor_line check_vgpu(doctor_facts const& f);
[[nodiscard]] doctor_line check_confidential_computing(doctor_facts const& f);
[[nodiscard]] doctor_line check_other_setup(doctor_facts const& f);  ///< SLI, CMP, architecture

/// All of them, in the order in which one mends them.
[[nodiscard]] std::vector<doctor_line> examine(doctor_facts const& f);

/// 0 good; 3 when there is nothing to measure on; 4 when all that is missing is the permission.
[[nodiscard]] exit_code exit_code_of(std::vector<doctor_line> const& lines) noexcept;

[[nodiscard]] std::string doctor_text(std::vector<doctor_line> const& lines);

/// Version of the JSON that `doctor_json` writes; its schema is docs/doctor.schema.json.
inline constexpr int doctor_schema_version = 1;

[[nodiscard]] std::string doctor_json(std::vector<doctor_line> const& lines);

/// Looks at this machine: files, processes, the driver, CUPTI and each visible device.
[[nodiscard]] doctor_facts gather_facts();

}  // namespace flopwatch::doctor
