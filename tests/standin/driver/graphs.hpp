// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver/handles.hpp"

namespace standin {

[[nodiscard]] CUgraph make_graph();
/// Adds the node, and tells CUPTI's subscriber of it.
CUgraphNode add_node(CUcontext context, CUgraph graph, CUgraphNode_st node);

}  // namespace standin
