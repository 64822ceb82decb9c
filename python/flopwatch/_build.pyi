# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What this copy of flopwatch was built for; the build writes the module."""

VERSION: str
TORCH_VERSION: str
