// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace standin {

/// The version that this library file emulates unless a test chooses another: "" or, in the files that lack
/// the symbols of newer versions, "12.6.80".
extern char const* const library_profile;

}  // namespace standin
