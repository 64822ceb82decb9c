// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace flopwatch::doctor {

/// Whether a device of this name is a MIG slice: "NVIDIA A100-SXM4-40GB MIG 3g.20gb".
[[nodiscard]] bool is_slice(std::string_view device_name) noexcept;

/// Whether the slice is a part of its GPU instance, and shares units with the other parts: its name begins
/// with the size of the part, "MIG 1c.3g.20gb". Without one it is as large as its instance: isolated.
[[nodiscard]] bool is_shared_slice(std::string_view device_name) noexcept;

}  // namespace flopwatch::doctor
