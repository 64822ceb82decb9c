# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# cmake -DBUILD=... -DSOURCE=... -DPREFIX=... -P install.cmake
# Installs the build into a folder, moves it, and looks whether a path of this machine's build is left in it.
file(REMOVE_RECURSE "${PREFIX}" "${PREFIX}-first")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}-first"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${PREFIX}-first" "${PREFIX}")
file(GLOB_RECURSE files "${PREFIX}/*.cmake" "${PREFIX}/*.hpp" "${PREFIX}/*.py")
foreach(file IN LISTS files)
  file(READ "${file}" text)
  foreach(folder "${BUILD}" "${SOURCE}" "${PREFIX}-first")
    string(FIND "${text}" "${folder}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${file} has the path ${folder}")
    endif()
  endforeach()
endforeach()
file(GLOB entries RELATIVE "${PREFIX}" "${PREFIX}/*" "${PREFIX}/include/*")
list(SORT entries)
if(NOT entries STREQUAL "bin;include;include/flopwatch;lib" AND NOT entries STREQUAL "bin;include;include/flopwatch;lib64")
  message(FATAL_ERROR "cmake --install has installed ${entries}")
endif()
