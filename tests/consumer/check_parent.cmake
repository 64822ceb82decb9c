# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# Nothing of a subproject's build may reach its parent.
set(expected_CMAKE_BUILD_TYPE Debug)
foreach(variable CMAKE_BUILD_TYPE CMAKE_CXX_STANDARD CMAKE_RUNTIME_OUTPUT_DIRECTORY CMAKE_MODULE_PATH
        CMAKE_POSITION_INDEPENDENT_CODE CMAKE_CXX_EXTENSIONS)
  if(NOT "${${variable}}" STREQUAL "${expected_${variable}}")
    message(FATAL_ERROR "flopwatch has set ${variable} to '${${variable}}' in its parent")
  endif()
endforeach()
foreach(property COMPILE_OPTIONS COMPILE_DEFINITIONS LINK_OPTIONS INCLUDE_DIRECTORIES)
  get_property(set_options DIRECTORY PROPERTY ${property})
  if(NOT set_options STREQUAL "")
    message(FATAL_ERROR "flopwatch has set ${property} to '${set_options}' in its parent")
  endif()
endforeach()
get_property(tests DIRECTORY "${flopwatch_SOURCE_DIR}" PROPERTY TESTS)
if(tests OR TARGET flopwatch OR TARGET flopwatch_cli)
  message(FATAL_ERROR "A subproject builds tests or the program: ${tests}")
endif()
