// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The check of the permission to read counters.
#include <string>

#include <fmt/format.h>

#include "doctor/devices.hpp"
#include "doctor/doctor.hpp"

namespace flopwatch::doctor {
namespace {

/// From this driver on CAP_PERFMON is enough; before it, CAP_SYS_ADMIN is needed.
constexpr int first_driver_with_perfmon = 565;

std::string remedy_of(doctor_facts const& f) {
  constexpr auto for_everyone =
      ", or let every user read counters: put `options nvidia NVreg_RestrictProfilingToAdminUsers=0` into a "
      "file of /etc/modprobe.d and reboot";
  std::string run =
      "run with CAP_PERFMON if the driver is 565 or newer, else with CAP_SYS_ADMIN or as root (in a "
      "container: --cap-add PERFMON or SYS_ADMIN)";
  if (f.driver_release && *f.driver_release < first_driver_with_perfmon) {
    run =
        "run as root or with CAP_SYS_ADMIN (in a container: --cap-add SYS_ADMIN), which CAP_PERFMON replaces from "
        "driver 565 on";
  } else if (f.driver_release && !f.perfmon) {
    run = "run with CAP_PERFMON, which is enough for this driver (in a container: --cap-add PERFMON)";
  } else if (f.driver_release) {
    // NVIDIA: not in secure-execution mode, which a capability of the program's file brings about.
    run =
        "give CAP_PERFMON to the process instead of the program's file, or run as root or with CAP_SYS_ADMIN (in a "
        "container: --cap-add SYS_ADMIN)";
  }
  return run + for_everyone;
}

std::string what_it_has(doctor_facts const& f) {
  auto const yes = [](bool has) { return has ? "yes" : "no"; };
  return fmt::format("this program has CAP_PERFMON: {}, CAP_SYS_ADMIN: {}; driver release: {}",
                     yes(f.perfmon), yes(f.administrator),
                     f.driver_release ? std::to_string(*f.driver_release) : "unknown");
}

bool may_read(doctor_facts const& f) {
  return f.administrator || (f.perfmon && f.driver_release && *f.driver_release >= first_driver_with_perfmon);
}

std::string rule_text(doctor_facts const& f) {
  if (!f.admin_only) return "";
  return *f.admin_only ? " (the driver reserves them for administrators)" : " (the driver lets every user)";
}

doctor_line permission_on(doctor_facts const& f, device_facts const& d) {
  if (!d.permission.done) return {"", finding::unchecked, no_device_text(f), "", {}, {}};
  if (d.permission.error.empty())
    return {"", finding::good, "counters may be read" + rule_text(f), "", {}, {}};
  if (d.permission.code != exit_code::not_permitted || is_in_the_way(d.vgpu))
    return from_error("", d.permission);
  return {"",           finding::bad,     "the driver refuses its counters to this user (ERR_NVGPUCTRPERM)",
          remedy_of(f), {what_it_has(f)}, exit_code::not_permitted};
}

}  // namespace

doctor_line check_permission(doctor_facts const& f) {
  if (!f.devices.empty()) {
    return for_each_device(f, "permission", [&](device_facts const& d) { return permission_on(f, d); });
  }
  if (f.admin_only && *f.admin_only && !may_read(f)) {
    return {"permission",
            finding::note,
            "the driver reserves counters for administrators, which this user is not",
            remedy_of(f),
            {what_it_has(f)},
            {}};
  }
  return {"permission", finding::unchecked, no_device_text(f), "", {}, {}};
}

}  // namespace flopwatch::doctor
