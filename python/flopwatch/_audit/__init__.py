# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Claims (6N, a paper's number, a framework's own) next to what ran, and why they differ."""
