# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Counts in a text file, and the guard of tests that compares with them."""
