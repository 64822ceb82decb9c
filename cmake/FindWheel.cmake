# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# FLOPWATCH_SITE_PACKAGES: the folder that holds the torch wheel, or empty.
# FLOPWATCH_PYTHON is asked first (.venv, where scripts/bootstrap.sh has made it), then the python3 on PATH. For a
# wheel only the Python that it is built for is asked: a module compiled for another torch would not load.
function(flopwatch_find_wheel)  # a function, so that its variables are not those of the project that includes it
  set(pythons "${FLOPWATCH_PYTHON}")
  if(NOT SKBUILD)
    list(APPEND pythons python3)
  endif()
  foreach(python IN LISTS pythons)
    execute_process(
      COMMAND "${python}" "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/find_torch.py"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed AND found)
      set(FLOPWATCH_SITE_PACKAGES "${found}" CACHE PATH "site-packages folder that holds the torch wheel")
      break()
    endif()
  endforeach()
endfunction()
if(NOT DEFINED FLOPWATCH_SITE_PACKAGES)
  flopwatch_find_wheel()
endif()
