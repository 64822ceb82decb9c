# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One capture in the formats of other tools: docs/doors.md."""
