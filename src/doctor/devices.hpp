// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "doctor/doctor.hpp"

namespace flopwatch::doctor {

/// Merges the findings of all devices into one line. The line has the worst state, but is only bad if every
/// device is bad. Devices with the same finding are listed together: "cuda:0, cuda:1: ...". Without a device
/// the line is unchecked.
/// \param check gives the state, text, remedy and code for one device; its name is not used
[[nodiscard]] doctor_line for_each_device(doctor_facts const& f, std::string name,
                                          std::function<doctor_line(device_facts const&)> const& check);

/// Why no device could be asked: there is no device, or CUPTI is not loaded.
[[nodiscard]] std::string no_device_text(doctor_facts const& f);

/// A line for an error: the text is before the last "; ", the remedy after it, without a full stop.
[[nodiscard]] doctor_line from_error(std::string name, asked const& a);

}  // namespace flopwatch::doctor
