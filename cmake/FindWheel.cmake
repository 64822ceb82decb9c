# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# FLOPWATCH_SITE_PACKAGES: where the torch wheel lies, or empty.
# Asked of FLOPWATCH_PYTHON first (.venv, where scripts/bootstrap.sh has made it), then of the python3 on PATH.
if(NOT DEFINED FLOPWATCH_SITE_PACKAGES)
  foreach(python "${FLOPWATCH_PYTHON}" python3)
    execute_process(
      COMMAND "${python}" -c
              "import importlib.util,pathlib;s=importlib.util.find_spec('torch');print(pathlib.Path(s.origin).parent.parent if s else '')"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed AND found)
      set(FLOPWATCH_SITE_PACKAGES "${found}" CACHE PATH "site-packages folder that holds the torch wheel")
      break()
    endif()
  endforeach()
endif()
