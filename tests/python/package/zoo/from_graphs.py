# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models of the package torch_geometric."""

from functools import partial

import torch

from .zoo_model import NO_SPARSE, ZooModel


def edges(nodes=12, count=40):
    return torch.randint(0, nodes, (2, count))


def features():
    return torch.randn(12, 8)


def by_edges():
    return {"x": features(), "edge_index": edges()}


def by_matrix():
    matrix = torch.sparse_coo_tensor(edges(), torch.ones(40), (12, 12)).coalesce().to_sparse_csr()
    return {"x": features(), "edge_index": matrix}


def dense():
    return {"x": torch.randn(2, 6, 8), "adj": torch.randint(0, 2, (2, 6, 6)).float()}


def molecule():
    return {"z": torch.randint(1, 9, (6,)), "pos": torch.randn(6, 3), "batch": torch.zeros(6, dtype=torch.long)}


def make(model, options, inputs):
    import torch_geometric.nn

    torch.manual_seed(0)
    return getattr(torch_geometric.nn, model)(**options), inputs()


def entry(model, options, inputs, name=None, **more):
    return ZooModel(name or model, "torch_geometric", partial(make, model, options, inputs), **more)


def all_pairs(pos, batch):
    row, column = torch.meshgrid(torch.arange(len(pos)), torch.arange(len(pos)), indexing="ij")
    index = torch.stack([row.flatten(), column.flatten()])
    index = index[:, index[0] != index[1]]
    return index, (pos[index[0]] - pos[index[1]]).norm(dim=-1)


NET = {"in_channels": 8, "hidden_channels": 16, "num_layers": 2, "out_channels": 4}

PNA = {**NET, "aggregators": ["mean", "max", "std"], "scalers": ["identity"], "deg": torch.tensor([1, 3, 5])}
SCHNET = {
    "hidden_channels": 16,
    "num_filters": 16,
    "num_interactions": 2,
    "num_gaussians": 8,
    "interaction_graph": all_pairs,
}

MODELS = [
    entry("GCN", NET, by_edges),
    entry("GCN", NET, by_matrix, name="GCN sparse", ways=("forward",), flop_counter=NO_SPARSE),
    entry("GAT", {**NET, "heads": 2}, by_edges),
    entry("GraphSAGE", NET, by_edges),
    entry("GIN", NET, by_edges),
    entry("GIN", NET, by_matrix, name="GIN sparse", ways=("forward",), flop_counter=NO_SPARSE),
    entry("PNA", PNA, by_edges),
    entry("TransformerConv", {"in_channels": 8, "out_channels": 4, "heads": 2}, by_edges),
    entry("GatedGraphConv", {"out_channels": 8, "num_layers": 2}, by_edges),
    entry("ChebConv", {"in_channels": 8, "out_channels": 4, "K": 3}, by_edges),
    entry("DenseGCNConv", {"in_channels": 8, "out_channels": 4}, dense),
    entry("DenseSAGEConv", {"in_channels": 8, "out_channels": 4}, dense),
    entry("SchNet", SCHNET, molecule),
]
