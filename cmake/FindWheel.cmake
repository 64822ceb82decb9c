# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# FLOPWATCH_SITE_PACKAGES: where the torch wheel lies, or empty.
# Asked of FLOPWATCH_PYTHON first (.venv, where scripts/bootstrap.sh has made it), then of the python3 on PATH. The
# Python that a wheel is built for is asked alone: a module compiled for another one's torch would not load.
if(NOT DEFINED FLOPWATCH_SITE_PACKAGES)
  set(pythons "${FLOPWATCH_PYTHON}")
  if(NOT SKBUILD)
    list(APPEND pythons python3)
  endif()
  foreach(python IN LISTS pythons)
    execute_process(
      COMMAND "${python}" "${CMAKE_CURRENT_LIST_DIR}/find_torch.py"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed AND found)
      set(FLOPWATCH_SITE_PACKAGES "${found}" CACHE PATH "site-packages folder that holds the torch wheel")
      break()
    endif()
  endforeach()
endif()
