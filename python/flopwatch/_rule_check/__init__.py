# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""infer_rule and check_rule: finding and checking a formula rule by what its module runs."""
