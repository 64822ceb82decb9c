// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "target/profile.hpp"

namespace standin {

char const* const library_profile = STANDIN_LIBRARY_PROFILE;

}  // namespace standin
