// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace flopwatch::detail {

/// Makes sessions of this process see the dispatcher. \returns true
bool install_dispatcher_observer();
/// A program that includes this has it installed from its start.
inline bool const dispatcher_observer_installed = install_dispatcher_observer();

}  // namespace flopwatch::detail
