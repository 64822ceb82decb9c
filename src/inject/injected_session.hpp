// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace flopwatch::inject {

/// Starts the recording that FLOPWATCH_RUN asks of this process, unless it runs already: NVTX ranges as
/// scopes from here on, and launches as `cuda_begins` says. It ends when the program calls exit() or returns
/// from main. Does nothing in a set-uid program, in a process that records itself, and where nothing is asked
/// for. What prevents it is one line on standard error. From any thread; never throws. \returns whether this
/// process is recorded
bool begin_session() noexcept;

/// CUDA is being initialised in this process: takes CUPTI's callbacks, so that the first call that launches
/// work starts the recording, with counters. No CUDA call is made here.
void cuda_begins() noexcept;

}  // namespace flopwatch::inject
