# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Models of five libraries, by library, and the ways in which test_zoo.py runs them."""
