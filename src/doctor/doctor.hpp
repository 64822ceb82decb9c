// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "doctor/facts.hpp"
#include "flopwatch/error.hpp"

/// \file
/// `flopwatch doctor`: whether kernels can be measured on this machine, and what prevents it.

namespace flopwatch::doctor {

enum class finding : unsigned char {
  good,
  note,       ///< may be relevant
  bad,        ///< nothing can be measured until this is fixed
  unchecked,  ///< could not be examined
};
/// "good", "note", "bad", "unchecked"
[[nodiscard]] std::string_view to_string(finding f) noexcept;

struct doctor_line {
  std::string name;  ///< "permission"
  finding state = finding::good;
  std::string text;                  ///< at most one sentence, without a full stop
  std::string remedy;                ///< what to do; "" for nothing
  std::vector<std::string> details;  ///< further lines, one fact each
  exit_code code = exit_code::good;  ///< if the state is bad
};

// Each check is a pure function of the facts.
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
[[nodiscard]] doctor_line check_counting(doctor_facts const& f);
[[nodiscard]] doctor_line check_permission(doctor_facts const& f);
[[nodiscard]] doctor_line check_holders(doctor_facts const& f);
[[nodiscard]] doctor_line check_injection(doctor_facts const& f);
[[nodiscard]] doctor_line check_vgpu(doctor_facts const& f);
[[nodiscard]] doctor_line check_confidential_computing(doctor_facts const& f);
[[nodiscard]] doctor_line check_other_setup(doctor_facts const& f);  ///< architecture, model, SLI, CMP

/// All checks, in the order in which to fix them.
[[nodiscard]] std::vector<doctor_line> examine(doctor_facts const& f);

/// 0: good; 3: no device can be measured; 4: only the permission is missing.
[[nodiscard]] exit_code exit_code_of(std::vector<doctor_line> const& lines) noexcept;

[[nodiscard]] std::string doctor_text(std::vector<doctor_line> const& lines);

/// Version of the JSON that `doctor_json` writes; its schema is docs/doctor.schema.json.
inline constexpr int doctor_schema_version = 1;

[[nodiscard]] std::string doctor_json(std::vector<doctor_line> const& lines);

/// Examines this machine: files, processes, the driver, CUPTI and each visible device.
[[nodiscard]] doctor_facts gather_facts();

}  // namespace flopwatch::doctor
