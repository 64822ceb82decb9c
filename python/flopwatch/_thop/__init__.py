# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""thop: its rules, its run and the interface of the drop-in; the formula column."""
