# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Compiled regions: what the generated code of torch.compile does, read from the graphs that were compiled.

The dispatcher sees what a region calls from libraries, and nothing of the loops and templates that the compiler wrote.
`capture` keeps a reading of each graph from its compilation on, `printed` reads what a compiled object still holds of
it, and `watch` sees the calls of regions while a session records.
"""
