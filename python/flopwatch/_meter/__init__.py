# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The meter for a run: executed FLOPs, MFU and HFU of each step."""
