// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace standin {

/// The bytes of what cuModuleLoadData is given, which has no length: of an ELF64 image as many as its tables
/// and sections need, of anything else the text up to its NUL.
[[nodiscard]] std::string bytes_of_image(void const* image);

}  // namespace standin
