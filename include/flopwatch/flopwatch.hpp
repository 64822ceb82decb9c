// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// The library without torch: record with scopes and sessions (flopwatch::session), read captures and report
/// (flopwatch::core). LibTorch programs include flopwatch/torch.hpp.

#include "flopwatch/report.hpp"
#include "flopwatch/result.hpp"
#include "flopwatch/scope.hpp"
#include "flopwatch/session.hpp"
#include "flopwatch/testing.hpp"
