// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "doctor/doctor.hpp"

namespace flopwatch::doctor {

/// One line out of what is found on each device: the worst state stands for it, but a device is only bad for
/// the line when all are. Devices of which the same is said stand together: "cuda:0, cuda:1: ...". Without a
/// device the line is unchecked.
/// \param check gives the state, text, remedy and code for one device; its name is not used
[[nodiscard]] doctor_line for_each_device(doctor_facts const& f, std::string name,
                                          std::function<doctor_line(device_facts const&)> const& check);

/// Why a device could not be asked: there is none, or CUPTI is not open.
[[nodiscard]] std::string no_device_text(doctor_facts const& f);

/// A line for what an error says: text before the last "; ", remedy behind it.
[[nodiscard]] doctor_line from_trouble(std::string name, asked const& a);

}  // namespace flopwatch::doctor
