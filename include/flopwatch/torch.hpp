// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Everything a LibTorch program needs: sessions that see the dispatcher, module scopes, formula rules.

#include "flopwatch/scope.hpp"
#include "flopwatch/session.hpp"
#include "flopwatch/testing.hpp"
#include "flopwatch/torch/meter.hpp"
#include "flopwatch/torch/nn.hpp"
#include "flopwatch/torch/optim.hpp"
#include "flopwatch/torch/scoped.hpp"
#include "flopwatch/torch/watch.hpp"
